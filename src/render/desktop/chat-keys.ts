import type { Chat, ChatKind } from '../../chat/chat.js';
import type { Sender } from '../../chat/sender.js';
import { type ShownChat, shownChat } from '../../chat/shown-chat.js';
import { bareId } from './content-keys.js';
import type { JsonObject } from './json-text.js';
import { ownWordsBeside } from './own-words.js';

/** Increases when the meaning of a `chatferry` key changes. New keys do not change it. */
const EXTRA_FORMAT_VERSION = 1;

const TYPES: Readonly<Record<ChatKind, readonly [hidden: string, open: string]>> = {
  'saved-messages': ['saved_messages', 'saved_messages'],
  replies: ['replies', 'replies'],
  'verification-codes': ['verification_codes', 'verification_codes'],
  private: ['personal_chat', 'personal_chat'],
  bot: ['bot_chat', 'bot_chat'],
  'basic-group': ['private_group', 'private_group'],
  supergroup: ['private_supergroup', 'public_supergroup'],
  forum: ['private_supergroup', 'public_supergroup'],
  channel: ['private_channel', 'public_channel'],
};
const ONLY_ID: ReadonlySet<string> = new Set(['id']);
const NAMELESS: ReadonlySet<ChatKind> = new Set<ChatKind>(['saved-messages', 'replies', 'verification-codes']);

/** The keys of result.json before `messages`. */
export function chatKeys({ peerId, kind, title, isPublic }: Chat): JsonObject {
  return {
    name: NAMELESS.has(kind) ? undefined : title === '' ? null : title,
    type: TYPES[kind][isPublic ? 1 : 0],
    id: bareId(peerId),
  };
}

/** The data of `chatferry` at the end of result.json. */
export interface ChatExtra {
  readonly chat: Chat;
  readonly timeZone: string;
  readonly messageCount: number;
  /** Everyone whose name is in `messages`. */
  readonly senders: readonly Sender[];
}

/** The extra keys of the document: time zone, chat, and senders. */
export function chatExtraKeys({ chat, timeZone, messageCount, senders }: ChatExtra): JsonObject {
  return {
    format_version: EXTRA_FORMAT_VERSION,
    time_zone: timeZone,
    message_count: messageCount,
    chat: withIdFirst(shownChat(chat)),
    senders: senders.map(withIdFirst),
  };
}

/** The id comes first, wherever the object has it. */
function withIdFirst(named: ShownChat | Sender): JsonObject {
  return { id: named.id, ...ownWordsBeside(named, ONLY_ID) };
}
