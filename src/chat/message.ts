import type { ChatId } from './chat-id.js';
import type { MessageContent } from './content.js';
import type { Media } from './media.js';
import type { PeerId } from './peer.js';
import type { Reaction } from './reaction.js';
import type { ServiceAction } from './service-action.js';
import type { FormattedText } from './text.js';

export interface Reply {
  /** Undefined for a reply to a story. */
  readonly messageId?: number;
  /** The chat of the answered message, when it is a different one. */
  readonly chatId?: PeerId;
  /** The first message of the thread or topic. */
  readonly threadId?: number;
  /** The part of the answered message that was quoted. */
  readonly quote?: FormattedText;
  /** Where the answered message comes from, when it is in a chat that this account may not see. */
  readonly origin?: Forward;
  readonly storyId?: number;
}

export interface Forward {
  /** Undefined when the first sender hides their account; then only `fromName` is known. */
  readonly fromId?: PeerId;
  readonly fromName?: string;
  /** When it was first sent, in UTC milliseconds. */
  readonly dateMs?: number;
  /** The id of the original, when it came from a channel. */
  readonly messageId?: number;
  readonly postAuthor?: string;
  /** The chat it was saved from (saved messages). */
  readonly savedFromId?: PeerId;
  readonly savedFromMessageId?: number;
}

/** A button below a message of a bot. `type` is Telegram Desktop's word for it (HistoryMessageMarkupButton). */
export interface Button {
  readonly type: string;
  readonly text: string;
  /** A URL, a query or a text; by type. Untrusted. */
  readonly data?: string;
  /** Callback data, which are bytes: base64url without padding. */
  readonly dataBase64?: string;
  readonly forwardText?: string;
  readonly buttonId?: string;
}

/** The bytes that a message was decoded from, so that nothing Telegram sent is lost. */
export interface RawMessage {
  /** The TL object, boxed (constructor number first), as received. */
  readonly bytes: Uint8Array;
  /** The TL layer of the bytes. */
  readonly layer: number;
}

export type MessageKind =
  | 'message'
  | 'service'
  /** Telegram said that this client cannot show it (messageMediaUnsupported). */
  | 'unsupported'
  /** The client does not know the constructor. Only the id, and perhaps the date, could be read from `raw`. */
  | 'undecoded';

/**
 * A message, service messages included. Optional fields are absent rather than empty. `id` ascends within its chat and
 * may be negative, see `MIGRATED_ID_OFFSET`.
 */
export interface Message {
  readonly id: number;
  readonly chatId: ChatId;
  readonly kind: MessageKind;
  /** UTC milliseconds; 0 where it could not be read. */
  readonly dateMs: number;
  /** UTC milliseconds. */
  readonly editDateMs?: number;
  /** Who sent it. For a post of a channel: the channel. */
  readonly senderId?: PeerId;
  /** The signature of a channel post. */
  readonly postAuthor?: string;
  readonly text: FormattedText;
  readonly reply?: Reply;
  readonly forward?: Forward;
  readonly viaBotId?: PeerId;
  /** Shared by the photos and videos of one album. */
  readonly albumId?: string;
  /** The topic of a forum: the id of its first message. */
  readonly topicId?: number;
  readonly viewCount?: number;
  readonly forwardCount?: number;
  readonly replyCount?: number;
  readonly isOutgoing?: boolean;
  readonly isPinned?: boolean;
  readonly isSilent?: boolean;
  readonly reactions?: readonly Reaction[];
  /** In a stable order, the main file first. Empty for text. */
  readonly media: readonly Media[];
  /** What it carries beside text and media: a poll, a place, a contact, … */
  readonly content?: MessageContent;
  readonly buttons?: readonly (readonly Button[])[];
  /** Present when `kind` is `service`. */
  readonly service?: ServiceAction;
  readonly raw?: RawMessage;
}

/** Whether the message takes a permit. It does even if its media turn out to be excluded or unavailable: that costs no time. */
export function carriesMedia(message: Pick<Message, 'media'>): boolean {
  return message.media.length > 0;
}
