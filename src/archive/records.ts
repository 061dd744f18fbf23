import type { Chat } from '../chat/chat.js';
import type { AccountId } from '../chat/chat-id.js';
import type { Media } from '../chat/media.js';
import type { Message } from '../chat/message.js';
import type { Sender } from '../chat/sender.js';
import type { ErrorCode } from '../errors/chatferry-error.js';
import type { ReachedMessages } from './accounts/chat-account-table.js';

/** A file of the archive. */
export interface StoredFile {
  /** Relative to the chat's folder, with `/` on every platform. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex, lower case. */
  readonly sha256: string;
  /** What the source sent, where a smaller copy stands for it by choice. It is not there any more. */
  readonly original?: { readonly sizeBytes: number; readonly sha256: string };
}

/**
 * What became of one medium. A failure is a value: it is listed, and it is tried again by the next run unless
 * `media.unavailableReason` says that it will never come.
 */
export type MediaRecord =
  | {
      readonly state: 'stored';
      readonly media: Media;
      readonly file: StoredFile;
      /** For people: what is odd about it. The file is whole all the same. */
      readonly note?: string;
    }
  | {
      readonly state: 'failed';
      readonly media: Media;
      readonly code: ErrorCode;
      /** For people: what happened, with the remedy where there is one. */
      readonly reason: string;
    }
  /** Left out by the user's choice. */
  | { readonly state: 'skipped'; readonly media: Media; readonly reason: 'kind-not-selected' | 'too-large' };

/** A message with what became of its media, one record per medium, in the order of `message.media`. */
export interface MessageRecord {
  readonly message: Message;
  readonly media: readonly MediaRecord[];
}

/** A chat that has a place in the archive. */
export interface StoredChat {
  readonly chat: Chat;
  /** Relative to the archive; made once, so that a renamed chat keeps its folder. */
  readonly folder: string;
  /** Whose basic group its messages with negative ids come from. Undefined where it has none. */
  readonly migratedAccount?: AccountId;
}

/** What one transaction writes: all of it or nothing. */
export interface Commit {
  readonly chatId: Chat['id'];
  /** Ascending. A record of a message that is already there replaces it. */
  readonly records: readonly MessageRecord[];
  readonly senders: readonly Sender[];
  /** Moves the cursor of an account in the chat; left alone when absent. */
  readonly reached?: { readonly account: AccountId } & ReachedMessages;
}

/**
 * A medium that is not in the archive, for the closing table and the report. `media.unavailableReason` is set when
 * there was nothing to fetch: the source does not hand it out.
 */
export interface MissingMedia {
  readonly messageId: number;
  /** In the message, from 0. */
  readonly position: number;
  readonly media: Media;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** A medium that is stored and has a note. */
export interface NotedMedia {
  readonly messageId: number;
  readonly media: Media;
  readonly file: StoredFile;
  readonly note: string;
}
