import type { Chat } from '../chat/chat.js';
import type { AccountId } from '../chat/chat-id.js';
import type { Media } from '../chat/media.js';
import type { MessageRecord, StoredFile } from '../chat/record.js';
import type { Sender } from '../chat/sender.js';
import type { ErrorCode } from '../errors/chatferry-error.js';
import type { ReachedMessages } from './accounts/chat-account-table.js';

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
  /** Ascending. A record of a message that is already there is merged with it, see docs/ARCHIVE.md. */
  readonly records: readonly MessageRecord[];
  readonly senders: readonly Sender[];
  /** Moves the cursor of an account and a source in the chat; left alone when absent. */
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
