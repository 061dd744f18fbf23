import { isChatferryError } from '../../../../errors/chatferry-error.js';
import type { MonotonicClock } from '../monotonic-clock.js';
import type { Attempt, SentOutcome } from './call-attempt.js';

export interface LossOptions {
  readonly clock: MonotonicClock;
  readonly signal: AbortSignal;
}

const PAUSE_MS = 250;
// For a request that itself ends its connections.
const MOST_LOSSES = 50;

/**
 * Makes another attempt when the connection was lost but had answered other calls before.
 *
 * A connection that is lost takes every request on it along. Where it answered some of them, the line is bad but alive, and
 * the requests left over must not run out of attempts. So these losses do not count as failures of the call.
 */
export function retryLostConnections<Answer>(
  attempt: Attempt<SentOutcome<Answer>>,
  { clock, signal }: LossOptions,
): Attempt<SentOutcome<Answer>> {
  let lossCount = 0;
  return async () => {
    for (;;) {
      const outcome = await attempt();
      if (outcome.kind === 'answered' || lossCount === MOST_LOSSES) return outcome;
      const { error, hadProgress } = outcome.failure;
      if (!hadProgress || !isChatferryError(error, 'UNREACHABLE')) return outcome;
      lossCount += 1;
      await clock.wait(PAUSE_MS, signal);
    }
  };
}
