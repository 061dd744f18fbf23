import type { Account } from '../chat/account.js';
import type { Batch } from '../chat/batch.js';
import type { Chat } from '../chat/chat.js';
import type { Cursor } from '../chat/cursor.js';
import type { Media } from '../chat/media.js';
import type { Message } from '../chat/message.js';

export interface HistoryOptions {
  /** Messages up to and including this id are skipped. */
  readonly after?: Cursor | undefined;
  /**
   * The last id to read, for a source that cannot find out where a chat ends (a bot): it requests every id up to this
   * one. Other sources ignore it.
   *
   * @defaultValue the source stops after a long range of ids without messages
   */
  readonly upToId?: number | undefined;
  readonly signal: AbortSignal;
}

/** One finished part of a file that is not complete yet. */
export interface PartRecord {
  /** Byte offset in the file. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** CRC-32 of the part, unsigned (https://www.rfc-editor.org/rfc/rfc1952#section-8). */
  readonly crc32: number;
}

/** Identifies a partly fetched file. Parts of an earlier run can be used only if all of these are equal. */
export interface PartialFile {
  /** The announced size; 0 if unknown. */
  readonly sizeBytes: number;
  /**
   * Opaque. The source changes it if the file is stored elsewhere or its bytes differ, which makes old parts useless.
   */
  readonly version: string;
  readonly partBytes: number;
}

/**
 * Records the finished parts of one file across runs. A record survives a killed process. After a power failure a
 * record may be missing, or its bytes may be missing from the disk, so a resumed download must check them.
 */
export interface DownloadJournal {
  /** Recorded parts of `file`, ascending. Removes records of any other file. Called once, before `record`. */
  completed(file: PartialFile): readonly PartRecord[];
  /** Records a part. Its bytes must have been written. */
  record(part: PartRecord): void;
  /** Removes all records of the file. */
  clear(): void;
}

export interface DownloadOptions {
  /** Target path, in an existing folder. The file is created or overwritten. */
  readonly path: string;
  /**
   * Position in the order of the source. Of all open files, the one with the lowest value is fetched first.
   *
   * @defaultValue 0
   */
  readonly priority?: number;
  /**
   * Makes the download resumable: finished parts are recorded, and recorded parts are not fetched again. A failed
   * download then keeps its partial file, unless its bytes are wrong or the file is too large. The caller clears the
   * journal once the file has its final name.
   */
  readonly journal?: DownloadJournal;
  /**
   * Maximum size. If the file turns out to be larger, the download fails and its bytes are removed.
   *
   * @defaultValue no limit
   */
  readonly maxSizeBytes?: number;
  /** Called with the number of bytes received since the last call. */
  readonly onBytes?: (count: number) => void;
  readonly signal: AbortSignal;
}

/** A completely fetched file. */
export interface DownloadedFile {
  readonly sizeBytes: number;
  /** Hex, lower case; computed while writing. */
  readonly sha256: string;
  /** Set if the size differs from the announced one, but the source confirms that the file is complete. */
  readonly isWholeAtOtherSize?: true;
}

/**
 * A source of messages, such as an account of Telegram or a file that another program wrote. Every implementation
 * passes the suite in test/contract/message-source. `live-source` adds what needs a connected account.
 *
 * If a source needs more than the fields of `Media` to find the bytes of a file, it keeps that information itself;
 * {@link MessageSource.download} says which objects it receives. Nothing that a source starts outlives `close()`.
 */
export interface MessageSource extends AsyncDisposable {
  /** The account that the messages belong to. */
  readonly account: Account;

  /**
   * The history of a chat: every message that exists when its page is fetched. Ids are strictly ascending over all
   * batches, and no batch is empty. Waits that the server demands are handled internally.
   *
   * @throws {ChatferryError} `NO_ACCESS`, `UNREACHABLE`, `FLOOD_WAIT` longer than configured, `LOGIN_REQUIRED`.
   */
  history(chat: Chat, options: HistoryOptions): AsyncIterable<Batch>;

  /** Fetches the messages with these ids, in batches, in ascending order. Messages that no longer exist are omitted. */
  messages(chat: Chat, ids: readonly number[], signal: AbortSignal): AsyncIterable<Batch>;

  /**
   * Fetches one file of `message` to `options.path` and syncs it to disk. Resolves only if the size is the announced
   * one, or the source confirms that the file is complete. A failure leaves no file, unless there is a journal and a
   * later run can resume the download.
   *
   * @param message - A message from this source, or the same message read from an archive.
   * @param media - One of the message's media, or a copy of it.
   * @throws {ChatferryError} `MEDIA_UNAVAILABLE` (permanent), `TOO_LARGE`, `CONTENT_MISMATCH`, `UNREACHABLE`,
   *   `FLOOD_WAIT` longer than configured, `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  download(message: Message, media: Media, options: DownloadOptions): Promise<DownloadedFile>;

  close(): Promise<void>;
}
