import type { Account } from '../../../chat/account.js';

/** Options of one question of a login. */
export interface LoginQuestion {
  /** Why the previous answer was refused, for people. Absent if the question is asked for the first time. */
  readonly problem?: string;
  /** Checks an answer locally. Returns what is wrong with it; undefined if nothing is. */
  readonly check: (answer: string) => string | undefined;
  /** Cancels the question. The prompt then rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Asks a person for the data of a login. If Telegram refuses an answer, the question is asked again with the reason.
 */
export interface LoginPrompts {
  phone(question: LoginQuestion): Promise<string>;
  /** @param sentTo - Where the code was sent, for people: "your other Telegram apps", "a text message". */
  code(sentTo: string, question: LoginQuestion): Promise<string>;
  /** @param hint - The account's own hint; may be empty. */
  password(hint: string, question: LoginQuestion): Promise<string>;
  /** Asks whether Telegram is to send another code. @param problem - Why another one is needed, for people. */
  anotherCode(problem: string): Promise<boolean>;
  /** Asks whether to replace an existing login. */
  replaces(account: Account): Promise<boolean>;
  /** Announces a step that may take some time: "Connecting to Telegram …". */
  waiting(text: string): void;
}
