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
  /** Relative to the archive. It never changes, so a renamed chat keeps its folder. */
  readonly folder: string;
  /** The account whose basic group the messages with negative ids come from. Undefined if there are none. */
  readonly migratedAccount?: AccountId;
}

/** The content of one transaction. */
export interface Commit {
  readonly chatId: Chat['id'];
  /** Ascending. A record of an existing message is merged with it, see docs/ARCHIVE.md. */
  readonly records: readonly MessageRecord[];
  readonly senders: readonly Sender[];
  /** The new cursor of an account and a source in the chat. If absent, the cursor stays. */
  readonly reached?: { readonly account: AccountId } & ReachedMessages;
}

/**
 * A media item that is not in the archive, for the summary table and the report. `media.unavailableReason` is set if
 * the source does not offer its bytes.
 */
export interface MissingMedia {
  readonly messageId: number;
  /** In the message, from 0. */
  readonly position: number;
  readonly media: Media;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** A stored media item that has a note. */
export interface NotedMedia {
  readonly messageId: number;
  readonly media: Media;
  readonly file: StoredFile;
  readonly note: string;
}
