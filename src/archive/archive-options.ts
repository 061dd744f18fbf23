import type { ChatId } from '../chat/chat-id.js';
import type { SourceName } from '../chat/source-name.js';
import type { ArchiveMode } from './archive-mode.js';

export interface ArchiveOptions {
  /**
   * For readers: takes no lock, makes nothing, and works beside a writer and on a read-only disk.
   *
   * @defaultValue `false`
   */
  readonly readOnly?: boolean;
  /**
   * Who may read an archive that is made now. One that is there stays as it is. Without meaning on Windows.
   *
   * @defaultValue `private`
   */
  readonly mode?: ArchiveMode;
}

export interface SearchOptions {
  /** @defaultValue all chats */
  readonly chatId?: ChatId;
  /** @defaultValue 50 */
  readonly limit?: number;
}

/** Ids of one chat, both ends included. */
export interface MessageIdRange {
  readonly first: number;
  readonly last: number;
  /** @defaultValue all sources */
  readonly source?: SourceName;
}
