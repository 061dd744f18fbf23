import { isChatferryError } from '../../../../errors/chatferry-error.js';
import type { CallTrouble } from '../connections/media-connections.js';
import { orderedWaitMs } from '../flood-control.js';
import { isTransient } from '../rpc-errors.js';
import type { Attempt, AttemptOutcome, FailedAttempt } from './call-attempt.js';

/** Reports each failure that says something about the line, before anything is done about it. */
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

/** Undefined: the failure is about the request, not about the line. */
function troubleOf({ error, text }: FailedAttempt): CallTrouble | undefined {
  const waitMs = text === undefined ? undefined : orderedWaitMs(text);
  if (waitMs !== undefined) return { kind: 'flood-wait', waitMs };
  if (isChatferryError(error, 'TIMEOUT')) return { kind: 'timeout' };
  if (isChatferryError(error, 'UNREACHABLE')) return { kind: 'lost' };
  return isTransient(error) ? { kind: 'server' } : undefined;
}
