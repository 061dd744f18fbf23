import type { Batch } from '../chat/batch.js';
import type { Chat } from '../chat/chat.js';
import type { Cursor } from '../chat/cursor.js';
import type { Media } from '../chat/media.js';
import type { Message } from '../chat/message.js';

/** The account behind a source, for people to recognise. */
export interface Account {
  /** Telegram's bare user id. */
  readonly id: string;
  readonly name: string;
  /** Without `@`. */
  readonly username?: string;
  readonly isBot: boolean;
}

export interface HistoryOptions {
  /** Everything up to and including this id is skipped. */
  readonly after?: Cursor;
  readonly signal: AbortSignal;
}

export interface DownloadOptions {
  /** Where the bytes go: a path in an existing folder; the file is created or overwritten. */
  readonly path: string;
  /** Called with the bytes received since the last call. */
  readonly onBytes?: (count: number) => void;
  readonly signal: AbortSignal;
}

/** A file that was fetched whole. */
export interface DownloadedFile {
  readonly sizeBytes: number;
  /** Hex, lower case; computed while writing. */
  readonly sha256: string;
}

/**
 * Where messages come from. Every implementation passes the suite in test/contract.
 *
 * Nothing a source starts outlives `close()`.
 */
export interface MessageSource extends AsyncDisposable {
  readonly account: Account;

  /** The chats of the account, newest activity first. */
  chats(signal: AbortSignal): AsyncIterable<Chat>;

  /**
   * Finds a chat by what people write: `@name`, a t.me link, `me`, an id (`-100…` form, bare, or `channel123`).
   *
   * @throws {ChatferryError} `CHAT_NOT_FOUND`, with the nearest names where there are some; `NO_ACCESS`.
   */
  resolveChat(reference: string, signal: AbortSignal): Promise<Chat>;

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
   * announced one; on failure no file is left.
   *
   * @throws {ChatferryError} `MEDIA_UNAVAILABLE` for good, `CONTENT_MISMATCH`, `UNREACHABLE`, `FLOOD_WAIT` beyond
   *   patience, `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  download(message: Message, media: Media, options: DownloadOptions): Promise<DownloadedFile>;

  close(): Promise<void>;
}
