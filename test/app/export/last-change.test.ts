import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { lastChangeBefore, type ReportDocument, reportText } from '../../../src/app/export/last-change.js';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatferry-last-change-'));
  path = join(folder, 'report.json');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function report(newMessages: number, mediaCount: number): ReportDocument {
  return { messages: { new: newMessages, total: 471 }, concurrency: { mediaCount }, run: { at: `${newMessages}` } };
}

/** What the runs leave, one after the other. */
async function afterRuns(runs: readonly ReportDocument[]): Promise<ReportDocument> {
  await rm(path, { force: true });
  let last = '';
  for (const run of runs) {
    last = reportText(run, await lastChangeBefore(path, run));
    await writeFile(path, last);
  }
  return JSON.parse(last) as ReportDocument;
}

it('a report of a run that brought something has no other in it', async () => {
  expect(await afterRuns([report(471, 127), report(3, 0), report(0, 1)])).toEqual(report(0, 1));
});

it('however many runs find nothing, the last that did not is kept, once', async () => {
  const nothing = report(0, 0);
  expect(await afterRuns([report(471, 127), nothing])).toEqual({ ...nothing, lastChange: report(471, 127) });
  expect(await afterRuns([report(471, 127), report(0, 2), nothing, nothing, nothing])).toEqual({
    ...nothing,
    lastChange: report(0, 2),
  });
});

it.each(['', 'no JSON', '[]', '{"lastChange": 7}', '{"messages": {"new": "3"}}'])(
  'a report that somebody changed to %j is no reason to fail',
  async (text) => {
    await writeFile(path, text);
    expect(await lastChangeBefore(path, report(0, 0))).toBeUndefined();
  },
);

it('a first run that finds nothing has none', async () => {
  expect(await afterRuns([report(0, 0)])).toEqual(report(0, 0));
});
