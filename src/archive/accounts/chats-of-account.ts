import { accountTitle } from '../../chat/account.js';
import type { AccountId } from '../../chat/chat-id.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { Archive } from '../archive.js';
import type { StoredChat } from '../records.js';
import type { StoredAccount } from './account-table.js';

/** The chats of one account, or of all. */
export interface ChatsOfAccount {
  /** The chosen account. Undefined: all. */
  readonly account: AccountId | undefined;
  readonly stored: readonly StoredChat[];
}

/**
 * The chats of an archive, or those that one account exported.
 *
 * @param reference - An id or `@name` of an account. Undefined: all.
 * @throws {ChatferryError} `USAGE` when no such account exported into the archive.
 */
export function chatsOf(archive: Archive, reference: string | undefined): ChatsOfAccount {
  const chats = archive.chats();
  if (reference === undefined) return { account: undefined, stored: chats };
  const account = accountOf(archive.accounts.all(), reference);
  const stored = chats.filter(({ chat }) =>
    archive.chatAccounts.all(chat.id).some(({ accountId }) => accountId === account),
  );
  return { account, stored };
}

function accountOf(accounts: readonly StoredAccount[], reference: string): AccountId {
  const wanted = reference.trim().toLowerCase().replace(/^@/, '');
  const found = accounts.find(({ id, username }) => id === wanted || username?.toLowerCase() === wanted);
  if (found !== undefined) return found.id;
  const known = accounts.length === 0 ? 'none yet' : accounts.map(accountTitle).join(', ');
  throw new ChatferryError(
    'USAGE',
    `No account "${reference}" exported into this archive. Give the id or @name of one that did: ${known}.`,
  );
}
