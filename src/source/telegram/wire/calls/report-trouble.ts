import { isChatferryError } from '../../../../errors/chatferry-error.js';
import type { CallTrouble } from '../connections/media-connections.js';
import { orderedWaitMs } from '../flood-control.js';
import { isTransient } from '../rpc-errors.js';
import type { Attempt, AttemptOutcome, FailedAttempt } from './call-attempt.js';

/** Reports each failure that is related to the connection or the server's load, before it is handled. */
export function reportTrouble<Answer>(
  attempt: Attempt<AttemptOutcome<Answer>>,
  onTrouble: (trouble: CallTrouble) => void,
): Attempt<AttemptOutcome<Answer>> {
  return async () => {
    const outcome = await attempt();
    const trouble = outcome.kind === 'failed' ? troubleOf(outcome.failure) : undefined;
    if (trouble !== undefined) onTrouble(trouble);
    return outcome;
  };
}

/** Undefined if the failure is caused by the request itself. */
function troubleOf({ error, text }: FailedAttempt): CallTrouble | undefined {
  const waitMs = text === undefined ? undefined : orderedWaitMs(text);
  if (waitMs !== undefined) return { kind: 'flood-wait', waitMs };
  if (isChatferryError(error, 'TIMEOUT')) return { kind: 'timeout' };
  if (isChatferryError(error, 'UNREACHABLE')) return { kind: 'lost' };
  return isTransient(error) ? { kind: 'server' } : undefined;
}
