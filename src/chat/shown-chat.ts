import type { Chat } from './chat.js';
import { type AccountId, type ChatId, ownerOf, peerOf, UNKNOWN_ACCOUNT } from './chat-id.js';
import type { PeerId } from './peer.js';

/** Identifies a chat for people and programs: Telegram's id, and the account where that matters. */
export interface ShownChatId {
  readonly id: PeerId;
  /** Absent for channels, supergroups and forums, and where it is unknown. */
  readonly account?: AccountId;
}

/** A chat as it is shown to people and programs. */
export type ShownChat = ShownChatId & Omit<Chat, 'id' | 'peerId'>;

/** `account7001/user42` → `{ id: 'user42', account: '7001' }`. */
export function shownChatId(id: ChatId): ShownChatId {
  const account = ownerOf(id);
  return { id: peerOf(id), ...(account === undefined || account === UNKNOWN_ACCOUNT ? {} : { account }) };
}

/** With its id first. */
export function shownChat(chat: Chat): ShownChat {
  const { id, peerId, ...rest } = chat;
  return { ...shownChatId(id), ...rest, id: peerId };
}
