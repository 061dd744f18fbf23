import type { Account } from '../chat/account.js';
import type { Batch } from '../chat/batch.js';
import type { Chat } from '../chat/chat.js';
import type { Cursor } from '../chat/cursor.js';
import type { Media } from '../chat/media.js';
import type { Message } from '../chat/message.js';
import type { PeerId } from '../chat/peer.js';

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

/** Where and when a message of the account's mailbox was sent. */
export interface MailboxMessage {
  readonly id: number;
  readonly peerId: PeerId;
  /** UTC milliseconds. */
  readonly dateMs: number;
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
  /** The data centre that the message names. */
  readonly dcId: number;
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

/** One change of the number of requests that downloads may have under way. */
export interface DownloadDecision {
  /** Since the source was opened. */
  readonly timeMs: number;
  readonly limit: number;
  /** `grow`, or why it shrank: `flood-wait`, `timeout`, `connection-lost`, `latency`. */
  readonly reason: string;
}

/** How downloads went at one moment. */
export interface DownloadPoint {
  /** Since the source was opened. */
  readonly timeMs: number;
  /** Received since the point before. */
  readonly bytes: number;
  /** The most since the point before. */
  readonly inFlightRequests: number;
  readonly limit: number;
  /** The most that were open since the point before, over all data centres. */
  readonly connections: number;
}

/** How the downloads of a source go. */
export interface DownloadMetrics {
  /** Now, since the source was opened. */
  readonly timeMs: number;
  readonly inFlightRequests: number;
  readonly connections: number;
  /** Received and proved, since the source was opened. */
  readonly bytes: number;
  /** Oldest first; thinned out, so that its length is bounded. */
  readonly series: readonly DownloadPoint[];
  /** Oldest first; the latest ones, so that their number is bounded. */
  readonly decisions: readonly DownloadDecision[];
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

/** What the source says of a range of a file, without its bytes. */
export interface RangeHash {
  readonly offset: number;
  /** May reach behind the end of the file. */
  readonly sizeBytes: number;
  /** SHA-256 of the bytes from `offset` on, to the end of the range or of the file. */
  readonly sha256: Uint8Array;
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
 * Where messages come from. Every implementation passes the suite in test/contract.
 *
 * Nothing a source starts outlives `close()`.
 */
export interface MessageSource extends AsyncDisposable {
  readonly account: Account;

  /**
   * The chats of the account, newest activity first, also those that may not be read. A basic group is left out only where
   * the supergroup that it became is among them: that has it for its `migratedFrom`.
   *
   * @throws {ChatferryError} `USAGE` for an account that may not list them, as a bot's.
   */
  chats(signal: AbortSignal): AsyncIterable<Chat>;

  /**
   * Finds a chat by what people write (`chat/chat-reference`), and makes sure that it may be read. A basic group that
   * became a supergroup stands for that, as long as it may be read.
   *
   * @throws {ChatferryError} `CHAT_NOT_FOUND`, with the nearest names where there are some; `USAGE` for what means several
   *   chats or can mean none; `NO_ACCESS` when the source refuses to show it.
   */
  resolveChat(reference: string, signal: AbortSignal): Promise<Chat>;

  /**
   * The history of a chat: every message that exists when its page is fetched, ids strictly ascending over all
   * batches, no batch empty. Waits ordered by the server are kept inside.
   *
   * @throws {ChatferryError} `NO_ACCESS`, `UNREACHABLE`, `FLOOD_WAIT` beyond patience, `LOGIN_REQUIRED`.
   */
  history(chat: Chat, options: HistoryOptions): AsyncIterable<Batch>;

  /**
   * The basic group that a supergroup was made from (`Chat.migratedFrom`), as a chat of its own; undefined where there is
   * none that the account may read.
   *
   * @throws {ChatferryError} as {@link MessageSource.resolveChat} does.
   */
  oldGroup(chat: Chat, signal: AbortSignal): Promise<Chat | undefined>;

  /**
   * What the account has under ids of its mailbox, which its private chats and basic groups share. Those that no longer
   * exist are left out.
   *
   * @throws {ChatferryError} `UNREACHABLE`, `FLOOD_WAIT` beyond patience, `LOGIN_REQUIRED`.
   */
  mailboxMessages(ids: readonly number[], signal: AbortSignal): Promise<readonly MailboxMessage[]>;

  /** Single messages again, ascending, in batches; those that no longer exist are left out. */
  messages(chat: Chat, ids: readonly number[], signal: AbortSignal): AsyncIterable<Batch>;

  /**
   * Fetches the bytes of one medium of `message` to `options.path`, synced to disk. Resolves only when the size is the
   * announced one, or the source itself says that the file is whole; on failure no file is left, unless there is a journal
   * and a later run can go on with it.
   *
   * @throws {ChatferryError} `MEDIA_UNAVAILABLE` for good, `TOO_LARGE`, `CONTENT_MISMATCH`, `UNREACHABLE`, `FLOOD_WAIT` beyond
   *   patience, `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  download(message: Message, media: Media, options: DownloadOptions): Promise<DownloadedFile>;

  /**
   * Hashes of the file of one medium of `message`, offsets ascending, fetched as they are asked for; none where the source
   * has none. They need not cover the file. Absent where a source cannot know them without the bytes.
   *
   * @throws {ChatferryError} as {@link MessageSource.download} does; the signal's reason when it aborts.
   */
  fileHashes?(message: Message, media: Media, signal: AbortSignal): AsyncIterable<RangeHash>;

  /** How downloads go. Absent where a source has no line to measure. */
  downloadMetrics?(): DownloadMetrics | undefined;

  close(): Promise<void>;
}
