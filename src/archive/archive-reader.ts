import type { ChatId } from '../chat/chat-id.js';
import type { Cursor } from '../chat/cursor.js';
import type { PeerId } from '../chat/peer.js';
import type { MessageRecord } from '../chat/record.js';
import type { Sender } from '../chat/sender.js';
import type { StoredDescription } from './description.js';
import type { ArchiveFile, FilesOptions } from './files/archive-file.js';
import type { MissingMedia, StoredChat } from './records.js';

export interface MessagesOptions {
  /** Only messages with a higher id. */
  readonly after?: Cursor;
  /** Maximum number of messages. */
  readonly limit?: number;
}

/**
 * The archive as renderers and other readers see it. Every method may throw a {@link ChatferryError} `FILE_SYSTEM` or
 * `ARCHIVE_DAMAGED`.
 */
export interface ArchiveReader {
  /** Absolute, without symbolic links. Folders of chats are in it. */
  readonly directory: string;
  /** Permissions for new folders in it, before the umask. */
  readonly folderMode: number;
  readonly descriptions: DescriptionReader;
  /** In the order of the names of their folders. */
  chats(): readonly StoredChat[];
  /** Undefined when it is not there. */
  chat(id: ChatId): StoredChat | undefined;
  /**
   * The messages of a chat in ascending order with the records of their media, a page at a time in memory.
   *
   * @throws {ChatferryError} `USAGE` when `limit` is not an integer of 0 or more.
   */
  messages(chatId: ChatId, options?: MessagesOptions): Iterable<MessageRecord>;
  /** Undefined when it is not there. */
  message(chatId: ChatId, id: number): MessageRecord | undefined;
  messageCount(chatId: ChatId): number;
  /** Media that are not in the archive, in the order of the messages. */
  missingMedia(chatId: ChatId): readonly MissingMedia[];
  /** Every file that the archive refers to, missing ones included, a page at a time in memory. */
  files(options?: FilesOptions): Iterable<ArchiveFile>;
  /** Undefined if the sender is unknown. */
  sender(id: PeerId): Sender | undefined;
}

export interface DescriptionReader {
  /**
   * The description of a stored file of a chat, with its derivatives in that chat. Undefined if it was not described.
   */
  one(chatId: ChatId, sha256: string): StoredDescription | undefined;
}
