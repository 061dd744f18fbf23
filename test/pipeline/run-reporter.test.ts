import { expect, it } from 'vitest';

import type { ProgressEvent } from '../../src/pipeline/export-progress.js';
import { newRunId, reporterOfRun } from '../../src/pipeline/run-reporter.js';

const { signal } = new AbortController();

it('every event of a run has its id, and every run another one', async () => {
  const events: ProgressEvent[] = [];
  const reporter = { event: (event: ProgressEvent): void => void events.push(event) };
  const named = reporterOfRun(reporter, 'one');
  named.event({ type: 'note', text: 'hello' });
  expect([named.runId, events]).toEqual(['one', [{ type: 'note', text: 'hello', runId: 'one' }]]);
  const [first, second] = [reporterOfRun(reporter), reporterOfRun(reporter)];
  expect(first.runId).not.toBe(second.runId);
  expect(newRunId()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  await expect(named.room(signal)).resolves.toBeUndefined(); // There always is where nobody says otherwise.
});

it('a run waits for room as long as its reporter does', async () => {
  const asked: AbortSignal[] = [];
  const reporter = {
    event: (): void => undefined,
    room: (given: AbortSignal): Promise<void> => {
      asked.push(given);
      return Promise.reject(new Error('The reader has left.'));
    },
  };
  await expect(reporterOfRun(reporter).room(signal)).rejects.toThrow('The reader has left.');
  expect(asked).toEqual([signal]);
});
