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

/** A pause that the server ordered. It holds up all requests of that kind, whoever sent them. */
export interface OrderedWait {
  /** What was asked for, as the source calls it. */
  readonly method: string;
  readonly waitMs: number;
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

/** What the source says of a range of a file, without its bytes. */
export interface RangeHash {
  readonly offset: number;
  /** May reach behind the end of the file. */
  readonly sizeBytes: number;
  /** SHA-256 of the bytes from `offset` on, to the end of the range or of the file. */
  readonly sha256: Uint8Array;
}

/**
 * A source that is connected to the account it reads. Every implementation passes the suite in test/contract/live-source.
 */
export interface LiveSource extends MessageSource {
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
   * The basic group that a supergroup was made from (`Chat.migratedFrom`), as a chat of its own; undefined where there is
   * none that the account may read.
   *
   * @throws {ChatferryError} as {@link LiveSource.resolveChat} does.
   */
  oldGroup(chat: Chat, signal: AbortSignal): Promise<Chat | undefined>;

  /**
   * What the account has under ids of its mailbox, which its private chats and basic groups share. Those that no longer
   * exist are left out.
   *
   * @throws {ChatferryError} `UNREACHABLE`, `FLOOD_WAIT` beyond patience, `LOGIN_REQUIRED`.
   */
  mailboxMessages(ids: readonly number[], signal: AbortSignal): Promise<readonly MailboxMessage[]>;

  /**
   * Hashes of the file of one medium of `message`, offsets ascending, fetched as they are asked for; none where the source
   * has none. They need not cover the file.
   *
   * @throws {ChatferryError} as {@link MessageSource.download} does; the signal's reason when it aborts.
   */
  fileHashes(message: Message, media: Media, signal: AbortSignal): AsyncIterable<RangeHash>;

  /** How downloads go. */
  downloadMetrics(): DownloadMetrics;

  /**
   * Calls `listener` with every wait that the server orders from now on, until disposed of. While anybody listens, whoever
   * opened the source is not told of waits. Absent where a source knows no such waits.
   */
  watchFloodWaits?(listener: (wait: OrderedWait) => void): Disposable;
}

/** What one chat is exported from: any source, and what a live one can tell beside. */
export type ExportSource = MessageSource & Partial<Pick<LiveSource, 'fileHashes' | 'downloadMetrics'>>;
