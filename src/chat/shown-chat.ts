import type { Chat } from './chat.js';
import { type AccountId, type ChatId, ownerOf, peerOf, UNKNOWN_ACCOUNT } from './chat-id.js';
import type { PeerId } from './peer.js';

/** What names a chat to people and programs: Telegram's id, and whose chat it is where that matters. */
export interface ShownChatId {
  readonly id: PeerId;
  /** Absent for channels, supergroups and forums, and where nobody knows. */
  readonly account?: AccountId;
}

/** A chat as people and programs are shown it. */
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
