import type { ChatAccount } from '../../archive/accounts/chat-account-table.js';
import type { StoredChat } from '../../archive/records.js';
import { type Account, accountTitle } from '../../chat/account.js';
import type { Chat } from '../../chat/chat.js';
import { type AccountId, ownerOf } from '../../chat/chat-id.js';
import type { Cursor } from '../../chat/cursor.js';
import { ChatferryError } from '../../errors/chatferry-error.js';

/** A chat of the archive from the point of view of one account. */
export interface SeenChat {
  /** Where to continue its history. Undefined: at its beginning. */
  readonly after: Cursor | undefined;
  /** Whether messages from before a migration are taken from this account. */
  readonly hasOldGroup: boolean;
  /** Whether the message with this id has the same id for this account. */
  mayAskFor(id: number): boolean;
  /** Whether the account has seen the message, or would have. If the source does not have it now, it was deleted. */
  wasShown(id: number): boolean;
}

/**
 * What an account may take from a chat. Messages from before a migration (negative ids) are in a basic group, whose ids
 * are the account's own: they are taken only from the account that brought them first.
 */
export function chatSeenBy(
  account: AccountId,
  { migratedAccount = account }: StoredChat,
  accounts: readonly ChatAccount[],
): SeenChat {
  const own = accounts.find(({ accountId }) => accountId === account);
  const isAlone = accounts.every(({ accountId }) => accountId === account);
  const hasOldGroup = migratedAccount === account;
  return {
    hasOldGroup,
    after: hasOldGroup ? own?.cursor : Math.max(0, own?.cursor ?? 0),
    mayAskFor: (id) => id > 0 || hasOldGroup,
    wasShown: (id) => isAlone || id >= (own?.firstMessageId ?? Infinity),
  };
}

/**
 * Message ids of private chats and basic groups are valid in their own account only.
 *
 * @throws {ChatferryError} `INTERNAL`
 */
export function checkOwner({ id }: Chat, account: Account): void {
  const owner = ownerOf(id);
  if (owner === undefined || owner === account.id) return;
  throw new ChatferryError('INTERNAL', `The chat ${id} cannot be exported from ${accountTitle(account)}.`);
}
