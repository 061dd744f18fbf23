import type { Account } from '../../../chat/account.js';

/** How one question of a login is asked. */
export interface LoginQuestion {
  /** Why the answer before was refused, for people. Absent when the question is asked for the first time. */
  readonly problem?: string;
  /** What is wrong with an answer, as far as this machine can tell; undefined when nothing is. */
  readonly check: (answer: string) => string | undefined;
  /** Withdraws the question; the prompt then rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** What a login asks a person. A question is asked again, with the reason, when Telegram refuses the answer. */
export interface LoginPrompts {
  phone(question: LoginQuestion): Promise<string>;
  /** @param sentTo - Where the code went, for people: "your other Telegram apps", "a text message". */
  code(sentTo: string, question: LoginQuestion): Promise<string>;
  /** @param hint - The account's own hint, may be empty. */
  password(hint: string, question: LoginQuestion): Promise<string>;
  /** Whether Telegram is to send another code. @param problem - What became of the one before, for people. */
  anotherCode(problem: string): Promise<boolean>;
  /** Whether a login that is there already is to be given up for a new one. */
  replaces(account: Account): Promise<boolean>;
  /** Says what is being waited for, before it takes its time: "Connecting to Telegram …". */
  waiting(text: string): void;
}
