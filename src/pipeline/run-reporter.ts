import { randomUUID } from 'node:crypto';

import type { ProgressReporter, RunEvents } from './export-progress.js';

/** Reports the events of one run. */
export interface RunReporter extends RunEvents {
  readonly runId: string;
  /**
   * Resolves when there is room for more events.
   *
   * @throws the signal's reason when it aborts.
   */
  readonly room: (signal: AbortSignal) => Promise<void>;
}

/** An id for a new run: a random UUID. */
export function newRunId(): string {
  return randomUUID();
}

/** Adds the id of a run to each event. */
export function reporterOfRun(reporter: ProgressReporter, runId: string = newRunId()): RunReporter {
  return {
    runId,
    event: (event) => {
      reporter.event({ ...event, runId });
    },
    room: async (signal) => {
      await reporter.room?.(signal);
    },
  };
}
