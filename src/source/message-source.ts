import type { Account } from '../chat/account.js';
import type { Batch } from '../chat/batch.js';
import type { Chat } from '../chat/chat.js';
import type { Cursor } from '../chat/cursor.js';
import type { Media } from '../chat/media.js';
import type { Message } from '../chat/message.js';

export interface HistoryOptions {
  /** Everything up to and including this id is skipped. */
  readonly after?: Cursor | undefined;
  /**
   * Where to end, for a source that is not told where a chat does (a bot's): it looks at every id
   * up to this one, and at none above it. Others take no notice.
   *
   * @defaultValue behind a long stretch of ids without any message
   */
  readonly upToId?: number | undefined;
  readonly signal: AbortSignal;
}

/** One finished part of a file that is still on its way. */
export interface PartRecord {
  /** Where it begins in the file, in bytes. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** Of its bytes, unsigned (https://www.rfc-editor.org/rfc/rfc1952#section-8). */
  readonly crc32: number;
}

/** What has to be the same for the parts of an earlier run to be of use. */
export interface PartialFile {
  /** As announced; 0 where it is not. */
  readonly sizeBytes: number;
  /** Opaque: the source changes it when it keeps the file elsewhere, or keeps other bytes, so that old parts are of no use. */
  readonly version: string;
  readonly partBytes: number;
}

/**
 * Remembers the finished parts of one file across runs. A record survives a killed process; after a power failure it may
 * be missing, or stand for bytes that never reached the disk: whoever resumes checks them.
 */
export interface DownloadJournal {
  /** Parts recorded of the same file, ascending. Those of another file are forgotten. Called once, before `record`. */
  completed(file: PartialFile): readonly PartRecord[];
  /** The bytes must be written before. */
  record(part: PartRecord): void;
  /** Forgets the file. */
  clear(): void;
}

export interface DownloadOptions {
  /** Where the bytes go: a path in an existing folder; the file is created or overwritten. */
  readonly path: string;
  /**
   * Position in the order of the source: of all files that are open, the lowest goes first.
   *
   * @defaultValue 0
   */
  readonly priority?: number;
  /**
   * Makes the file resumable: finished parts are recorded, and those that are there already are not fetched again.
   * Whatever stops the download then leaves the file as it is, unless its bytes are wrong or not wanted. The caller clears
   * it when the file has its final name.
   */
  readonly journal?: DownloadJournal;
  /**
   * A file that turns out to be larger is given up, and nothing of it is kept.
   *
   * @defaultValue no limit
   */
  readonly maxSizeBytes?: number;
  /** Called with the bytes received since the last call. */
  readonly onBytes?: (count: number) => void;
  readonly signal: AbortSignal;
}

/** A file that was fetched whole. */
export interface DownloadedFile {
  readonly sizeBytes: number;
  /** Hex, lower case; computed while writing. */
  readonly sha256: string;
  /** Set where the size is not the announced one, and the source itself says that the file is whole. */
  readonly isWholeAtOtherSize?: true;
}

/**
 * Where messages come from: an account of Telegram, a file that another program wrote. Every implementation passes the suite
 * in test/contract/message-source. What only a connected account can do is in `live-source`.
 *
 * A source that needs more than a `Media` says to find its bytes keeps that to itself: see {@link MessageSource.download}
 * for which objects it is given. Nothing a source starts outlives `close()`.
 */
export interface MessageSource extends AsyncDisposable {
  /** Whose messages these are. */
  readonly account: Account;

  /**
   * The history of a chat: every message that exists when its page is fetched, ids strictly ascending over all
   * batches, no batch empty. Waits ordered by the server are kept inside.
   *
   * @throws {ChatferryError} `NO_ACCESS`, `UNREACHABLE`, `FLOOD_WAIT` beyond patience, `LOGIN_REQUIRED`.
   */
  history(chat: Chat, options: HistoryOptions): AsyncIterable<Batch>;

  /** Single messages again, ascending, in batches; those that no longer exist are left out. */
  messages(chat: Chat, ids: readonly number[], signal: AbortSignal): AsyncIterable<Batch>;

  /**
   * Fetches the bytes of one medium of `message` to `options.path`, synced to disk. Resolves only when the size is the
   * announced one, or the source itself says that the file is whole; on failure no file is left, unless there is a journal
   * and a later run can go on with it.
   *
   * @param message - As this source gave it, or as an archive gives it back.
   * @param media - One of its media, or a copy of it.
   * @throws {ChatferryError} `MEDIA_UNAVAILABLE` for good, `TOO_LARGE`, `CONTENT_MISMATCH`, `UNREACHABLE`, `FLOOD_WAIT` beyond
   *   patience, `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  download(message: Message, media: Media, options: DownloadOptions): Promise<DownloadedFile>;

  close(): Promise<void>;
}
