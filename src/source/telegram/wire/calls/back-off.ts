import { errorMessage } from '../../../../errors/chatferry-error.js';
import type { MonotonicClock } from '../monotonic-clock.js';
import { isTransient } from '../rpc-errors.js';
import type { Attempt, SentOutcome } from './call-attempt.js';

export interface BackOffOptions {
  readonly clock: MonotonicClock;
  /** Maximum number of attempts after the first one. */
  readonly maxRetries: number;
  /** Called with one line for each failure and the pause after it. */
  readonly onRetry: (text: string) => void;
  readonly signal: AbortSignal;
}

// The pause doubles with each attempt: about 16 s in total over six, enough for a router or a server to recover.
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 8000;

/** Makes another attempt after a temporary failure, with a pause that doubles each time. */
export function backOff<Answer>(
  attempt: Attempt<SentOutcome<Answer>>,
  { clock, maxRetries, onRetry, signal }: BackOffOptions,
): Attempt<SentOutcome<Answer>> {
  let failureCount = 0;
  return async () => {
    for (;;) {
      const outcome = await attempt();
      if (outcome.kind === 'answered' || failureCount >= maxRetries) return outcome;
      const { error } = outcome.failure;
      if (!isTransient(error)) return outcome;
      const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failureCount);
      failureCount += 1;
      onRetry(`${errorMessage(error)} Trying again in ${pauseMs} ms.`);
      await clock.wait(pauseMs, signal);
    }
  };
}
