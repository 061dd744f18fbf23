import { shortTitle } from '../text/printable.js';
import type { AccountId } from './chat-id.js';

/** One logged-in Telegram user or bot. */
export interface Account {
  readonly id: AccountId;
  readonly name: string;
  /** Without `@`. */
  readonly username?: string;
  readonly isBot: boolean;
}

/** An account for display: `Ann (@ann, id 7001)`. */
export function accountTitle({ id, name, username }: Omit<Account, 'isBot'>): string {
  const ids = [...(username === undefined ? [] : [`@${username}`]), `id ${id}`].join(', ');
  return name === '' ? ids : `${shortTitle(name)} (${ids})`;
}

/** `Ada (@ada, id 7001); the archive has chats of Bob (@bob, id 7002) as well`. */
export function amongOthers(account: Account, otherAccounts: readonly Account[]): string {
  return `${accountTitle(account)}; the archive has chats of ${otherAccounts.map(accountTitle).join(', ')} as well`;
}
