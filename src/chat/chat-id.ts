import { parsePeerId, type PeerId } from './peer.js';

/** Telegram's bare user id of an account, digits; or {@link UNKNOWN_ACCOUNT}. */
export type AccountId = string;

/**
 * Placeholder for the account of chats that were exported before archives recorded accounts. It is replaced once the account
 * is known.
 */
export const UNKNOWN_ACCOUNT: AccountId = '?';

/** A private chat, a chat with a bot, the saved messages or a basic group, in the mailbox of one account. */
export type MailboxChatId = `account${string}/user${string}` | `account${string}/chat${string}`;

/**
 * Identifies a chat in an archive. Message ids of channels, supergroups and forums are the same for everyone, so Telegram's
 * id is enough: `channel123`. Every other chat has message ids of the account that it was exported from, and belongs to that
 * account: `account7001/user42`, `account7001/chat55`. A {@link PeerId} of a user or a basic group identifies no chat
 * (https://core.telegram.org/api/updates#message-related-event-sequences).
 */
export type ChatId = `channel${string}` | MailboxChatId;

/** The chat with `peer`, as `account` sees it. */
export function chatIdOf(peer: PeerId, account: AccountId): ChatId {
  const { kind, id } = parsePeerId(peer);
  return kind === 'channel' ? `channel${id}` : `account${account}/${kind}${id}`;
}

/** Telegram's name for the chat: `account7001/user42` → `user42`. */
export function peerOf(chat: ChatId): PeerId {
  return chat.slice(chat.indexOf('/') + 1) as PeerId;
}

/** The account that a chat belongs to; undefined for channels, supergroups and forums, which belong to none. */
export function ownerOf(chat: ChatId): AccountId | undefined {
  const end = chat.indexOf('/');
  return end < 0 ? undefined : chat.slice('account'.length, end);
}
