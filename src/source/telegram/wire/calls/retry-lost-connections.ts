import { isChatferryError } from '../../../../errors/chatferry-error.js';
import type { MonotonicClock } from '../monotonic-clock.js';
import type { Attempt, SentOutcome } from './call-attempt.js';

export interface LossOptions {
  readonly clock: MonotonicClock;
  readonly signal: AbortSignal;
}

const PAUSE_MS = 250;
// A limit, because the request itself may cause the losses.
const MAX_LOSSES = 50;

/**
 * Makes another attempt when the connection was lost but had answered other calls before.
 *
 * When a connection is lost, all its requests fail. If it had answered some of them, the network is unreliable but
 * works, and the remaining requests must not run out of attempts. So these losses do not count as failures of the call.
 */
export function retryLostConnections<Answer>(
  attempt: Attempt<SentOutcome<Answer>>,
  { clock, signal }: LossOptions,
): Attempt<SentOutcome<Answer>> {
  let lossCount = 0;
  return async () => {
    for (;;) {
      const outcome = await attempt();
      if (outcome.kind === 'answered' || lossCount === MAX_LOSSES) return outcome;
      const { error, hadProgress } = outcome.failure;
      if (!hadProgress || !isChatferryError(error, 'UNREACHABLE')) return outcome;
      lossCount += 1;
      await clock.wait(PAUSE_MS, signal);
    }
  };
}
