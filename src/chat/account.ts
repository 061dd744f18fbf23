import type { AccountId } from './chat-id.js';

/** One logged-in Telegram user or bot. */
export interface Account {
  readonly id: AccountId;
  readonly name: string;
  /** Without `@`. */
  readonly username?: string;
  readonly isBot: boolean;
}
