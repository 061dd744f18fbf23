import type { ChatId } from './chat-id.js';
import type { PeerId } from './peer.js';

export type ChatKind =
  | 'saved-messages'
  | 'replies'
  | 'verification-codes'
  | 'private'
  | 'bot'
  | 'basic-group'
  | 'supergroup'
  | 'forum'
  | 'channel';

/** A conversation that can be exported. */
export interface Chat {
  /** Its id in an archive, which includes the account that it belongs to. */
  readonly id: ChatId;
  /** Telegram's id for it, the same for every account. */
  readonly peerId: PeerId;
  readonly kind: ChatKind;
  /** The title of a group or channel; the first name of a person. Empty for a deleted account. */
  readonly title: string;
  /** The last name of a person. */
  readonly lastName?: string;
  /** Without `@`. */
  readonly username?: string;
  /** Whether anyone can find it by its username. */
  readonly isPublic: boolean;
  readonly memberCount?: number;
  /** Number of messages, as the source announces it. Undefined when it does not. */
  readonly messageCount?: number;
  /** The basic group this supergroup was made from; its messages come first, see {@link MIGRATED_ID_OFFSET}. */
  readonly migratedFrom?: PeerId;
  /** How many of {@link Chat.messageCount} are from that basic group. Undefined when there are none. */
  readonly migratedMessageCount?: number;
  /** When its newest message was sent, in UTC milliseconds. */
  readonly lastMessageDateMs?: number;
}

/**
 * Messages of the basic group that a supergroup was made from belong to the supergroup's history. This number is subtracted
 * from their ids, so that ids stay unique and ascending in one chat. Telegram Desktop does the same
 * (export_output_json.cpp).
 */
export const MIGRATED_ID_OFFSET = 1_000_000_000;
