import { isChatferryError } from '../../../../errors/chatferry-error.js';
import { migrationTarget } from '../rpc-errors.js';
import type { Attempt, FailedAttempt, SentOutcome } from './call-attempt.js';

export interface MigrationOptions {
  /** Whether the request goes to the account's data centre, and not to one that the caller chose. */
  readonly followsAccount: boolean;
  /** Changes the account's data centre. */
  readonly moveHome: (dcId: number) => Promise<void>;
}

const MAX_MOVES = 2;

/**
 * Makes another attempt after a migration: switches to the data centre that the server names as the account's. If a
 * foreign data centre no longer knows our key, drops the key, so that the next attempt negotiates a new one.
 */
export function followMigrations<Answer>(
  attempt: Attempt<SentOutcome<Answer>>,
  { followsAccount, moveHome }: MigrationOptions,
): Attempt<SentOutcome<Answer>> {
  let moveCount = 0;
  return async () => {
    for (;;) {
      const outcome = await attempt();
      if (outcome.kind === 'answered' || moveCount === MAX_MOVES) return outcome;
      const { failure } = outcome;
      const homeDcId = followsAccount ? accountDcId(failure) : undefined;
      if (homeDcId === undefined && !(failure.isForeign && isKeyRefused(failure))) return outcome;
      moveCount += 1;
      await (homeDcId === undefined ? failure.forgetKey() : moveHome(homeDcId));
    }
  };
}

function accountDcId({ text }: FailedAttempt): number | undefined {
  const target = text === undefined ? undefined : migrationTarget(text);
  return target?.kind === 'account' ? target.dcId : undefined;
}

function isKeyRefused({ error, text }: FailedAttempt): boolean {
  return isChatferryError(error, 'LOGIN_REQUIRED') || (text?.startsWith('AUTH_KEY_') ?? false);
}
