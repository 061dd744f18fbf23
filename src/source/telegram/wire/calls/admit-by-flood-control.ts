import { floodWaitTooLong, type FloodControl, orderedWaitMs } from '../flood-control.js';
import type { Attempt, AttemptOutcome, SentOutcome } from './call-attempt.js';

export interface AdmissionOptions {
  readonly flood: FloodControl;
  /** The TL name of the method. */
  readonly method: string;
  /** Maximum total of the pauses of one call. */
  readonly maxFloodWaitMs: number;
  readonly signal: AbortSignal;
}

// If the server demands a pause after each of this many attempts, it will probably never accept the call.
const MAX_FLOOD_WAITS = 50;

/**
 * Starts an attempt only when its method may be called, and makes another one after each pause that the server demands.
 *
 * @throws {ChatferryError} `FLOOD_WAIT` if the pauses of the call are too long or too many.
 */
export function admitByFloodControl<Answer>(
  attempt: Attempt<AttemptOutcome<Answer>>,
  { flood, method, maxFloodWaitMs, signal }: AdmissionOptions,
): Attempt<SentOutcome<Answer>> {
  let floodWaitCount = 0;
  let waitedMs = 0;
  return async () => {
    for (;;) {
      await flood.admit(method, signal);
      const outcome = await attempt();
      if (outcome.kind === 'held-back') continue;
      const text = outcome.kind === 'failed' ? outcome.failure.text : undefined;
      const pauseMs = text === undefined ? undefined : orderedWaitMs(text);
      if (pauseMs === undefined) return outcome;
      flood.order(method, pauseMs);
      floodWaitCount += 1;
      waitedMs += pauseMs;
      if (waitedMs > maxFloodWaitMs || floodWaitCount > MAX_FLOOD_WAITS) throw floodWaitTooLong(method, pauseMs);
    }
  };
}
