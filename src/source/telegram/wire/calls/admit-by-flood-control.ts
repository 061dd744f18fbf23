import { beyondPatience, type FloodControl, orderedWaitMs } from '../flood-control.js';
import type { Attempt, AttemptOutcome, SentOutcome } from './call-attempt.js';

export interface AdmissionOptions {
  readonly flood: FloodControl;
  /** As TL names it. */
  readonly method: string;
  /** The longest sum of pauses that one call waits. */
  readonly maxFloodWaitMs: number;
  readonly signal: AbortSignal;
}

// A server that orders a pause after each of so many attempts will not change its mind.
const MOST_FLOOD_WAITS = 50;

/**
 * Lets an attempt go only when its method may be called, and makes another one after each pause that the server orders.
 *
 * @throws {ChatferryError} `FLOOD_WAIT` when the pauses of the call are longer, or more, than patience reaches.
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
      if (waitedMs > maxFloodWaitMs || floodWaitCount > MOST_FLOOD_WAITS) throw beyondPatience(method, pauseMs);
    }
  };
}
