import type { Chat } from '../chat/chat.js';
import type { Media } from '../chat/media.js';
import type { Message } from '../chat/message.js';
import type { PeerId } from '../chat/peer.js';
import type { MessageSource } from './message-source.js';

/** Where and when a message of the account's mailbox was sent. */
export interface MailboxMessage {
  readonly id: number;
  readonly peerId: PeerId;
  /** UTC milliseconds. */
  readonly dateMs: number;
}

/** One change of the limit on concurrent download requests. */
export interface DownloadDecision {
  /** Time since the source was opened. */
  readonly timeMs: number;
  /** The limit after the change. */
  readonly limit: number;
  /** `grow`, or why the limit was lowered: `flood-wait`, `timeout`, `connection-lost`, `latency`. */
  readonly reason: string;
}

/** One point of the download time series. */
export interface DownloadPoint {
  /** Time since the source was opened. */
  readonly timeMs: number;
  /** Bytes received since the previous point. */
  readonly bytes: number;
  /** Maximum since the previous point. */
  readonly inFlightRequests: number;
  readonly limit: number;
  /** Maximum number of open connections since the previous point, over all data centres. */
  readonly connections: number;
}

/** A pause that the server demands. It delays all requests of that kind, whoever sent them. */
export interface OrderedWait {
  /** The kind of request, named as the source names it. */
  readonly method: string;
  readonly waitMs: number;
}

/** Download statistics of a source. */
export interface DownloadMetrics {
  /** Time since the source was opened. */
  readonly timeMs: number;
  readonly inFlightRequests: number;
  readonly connections: number;
  /** Bytes received and verified since the source was opened. */
  readonly bytes: number;
  /** Oldest first. Points are merged so that the length is bounded. */
  readonly series: readonly DownloadPoint[];
  /** Oldest first. Only the latest ones, so that the length is bounded. */
  readonly decisions: readonly DownloadDecision[];
}

/** The hash that the source reports for a byte range of a file. */
export interface RangeHash {
  readonly offset: number;
  /** The range may extend beyond the end of the file. */
  readonly sizeBytes: number;
  /** SHA-256 of the bytes from `offset` to the end of the range or of the file, whichever comes first. */
  readonly sha256: Uint8Array;
}

/**
 * A source that is connected to the account it reads. Every implementation passes the suite in
 * test/contract/live-source.
 */
export interface LiveSource extends MessageSource {
  /**
   * The chats of the account, newest activity first, including those that the account may not read. A basic group is
   * omitted only if the supergroup that it became is in the list; `migratedFrom` of the supergroup then names it.
   *
   * @throws {ChatferryError} `USAGE` if the account may not list its chats, such as a bot.
   */
  chats(signal: AbortSignal): AsyncIterable<Chat>;

  /**
   * Finds a chat by a reference that a person wrote (`chat/chat-reference`), and checks that the account may read it.
   * For a basic group that became a supergroup, returns the supergroup if the account may read it.
   *
   * @throws {ChatferryError} `CHAT_NOT_FOUND`, with the most similar names if there are any; `USAGE` if the reference
   *   is ambiguous or cannot name a chat; `NO_ACCESS` if the source refuses access to the chat.
   */
  resolveChat(reference: string, signal: AbortSignal): Promise<Chat>;

  /**
   * The basic group that a supergroup was made from (`Chat.migratedFrom`), as a separate chat. Undefined if there is
   * none that the account may read.
   *
   * @throws {ChatferryError} as {@link LiveSource.resolveChat} does.
   */
  oldGroup(chat: Chat, signal: AbortSignal): Promise<Chat | undefined>;

  /**
   * The messages with these ids in the account's mailbox, which its private chats and basic groups share. Messages that
   * no longer exist are omitted.
   *
   * @throws {ChatferryError} `UNREACHABLE`, `FLOOD_WAIT` longer than configured, `LOGIN_REQUIRED`.
   */
  mailboxMessages(ids: readonly number[], signal: AbortSignal): Promise<readonly MailboxMessage[]>;

  /**
   * Hashes of one file of `message`, in ascending order of offset, fetched lazily. Empty if the source has none. They
   * need not cover the whole file.
   *
   * @throws {ChatferryError} as {@link MessageSource.download} does; the signal's reason when it aborts.
   */
  fileHashes(message: Message, media: Media, signal: AbortSignal): AsyncIterable<RangeHash>;

  /** Statistics of all downloads since the source was opened. */
  downloadMetrics(): DownloadMetrics;

  /**
   * Returns a view of this source for one run. Its `downloadMetrics` counts the bytes and requests of downloads through the
   * view alone. Connections, the limit and its changes are those of the whole source. Closing the view closes nothing.
   * Absent if the source cannot tell runs apart.
   */
  forRun?(): ExportSource;

  /**
   * Calls `listener` for every wait that the server demands, until the result is disposed. While there are listeners,
   * the callback of whoever opened the source is not called. Absent if the source has no such waits.
   */
  watchFloodWaits?(listener: (wait: OrderedWait) => void): Disposable;
}

/** The source of an export: any message source, with the optional parts of a live one. */
export type ExportSource = MessageSource & Partial<Pick<LiveSource, 'fileHashes' | 'downloadMetrics'>>;
