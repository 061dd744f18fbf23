import type { ChatId } from '../../chat/chat-id.js';
import type { Message } from '../../chat/message.js';
import type { PeerId } from '../../chat/peer.js';
import type { MessageRecord } from '../../chat/record.js';
import type { Sender } from '../../chat/sender.js';
import type { MessagesOptions } from '../archive-reader.js';
import type { SearchOptions } from '../archive-options.js';
import type { StoredDescription } from '../description.js';
import type { ArchiveFile, FilesOptions } from '../files/archive-file.js';
import type { MissingMedia, StoredChat } from '../records.js';
import { type ReadingThread, startThread } from './start-thread.js';
import { ThreadCalls } from './thread-calls.js';
import type { ArchivePlace } from './thread-message.js';

/** Options of every read in a thread. */
export interface ThreadReadOptions {
  /**
   * Cancels the read: it rejects with the reason of the signal, at once. A running statement of SQLite cannot be interrupted.
   * Later reads wait for it.
   */
  readonly signal?: AbortSignal | undefined;
}

/** As {@link DescriptionReader}, in a thread. */
export interface ThreadDescriptionReader {
  /** The description of a stored file of a chat, with its derivatives. Undefined if it was not described. */
  one(chatId: ChatId, sha256: string, options?: ThreadReadOptions): Promise<StoredDescription | undefined>;
}

/**
 * An archive that is read in a separate thread, so that searches and other long reads do not block the event loop. The
 * methods are those of {@link ArchiveReader} and {@link Archive.search}, with the same results.
 *
 * Reads run one after the other, in the order of the calls. Messages and files are read a page at a time, and other reads
 * run between two pages.
 *
 * Every method may reject with a {@link ChatferryError}: `FILE_SYSTEM` or `ARCHIVE_DAMAGED` as those of {@link Archive};
 * `INTERNAL` when the thread has died; `INTERRUPTED` when the archive was closed. When its signal aborts, it rejects with the
 * reason.
 *
 * The thread keeps the process alive only while a read is open. A process that exits during a read waits for the running
 * statement.
 */
export class ArchiveThread implements AsyncDisposable {
  /** Absolute, without symbolic links. Folders of chats are in it. */
  readonly directory: string;
  /** Permissions for folders that are made in it, before the umask. */
  readonly folderMode: number;
  readonly descriptions: ThreadDescriptionReader;
  readonly #calls: ThreadCalls;

  private constructor({ directory, folderMode }: ArchivePlace, calls: ThreadCalls) {
    this.directory = directory;
    this.folderMode = folderMode;
    this.#calls = calls;
    this.descriptions = {
      one: (chatId, sha256, { signal } = {}) => calls.read('description', [chatId, sha256], signal),
    };
  }

  /** @param thread - Has just been started. @internal */
  static async over(thread: ReadingThread, directory: string, signal?: AbortSignal): Promise<ArchiveThread> {
    const calls = new ThreadCalls(thread);
    try {
      return new ArchiveThread(await calls.read('open', [directory], signal), calls);
    } catch (error) {
      await calls.close();
      throw error;
    }
  }

  /** In the order of the names of their folders. */
  chats({ signal }: ThreadReadOptions = {}): Promise<readonly StoredChat[]> {
    return this.#calls.read('chats', [], signal);
  }

  /** Undefined if the archive does not have it. */
  chat(id: ChatId, { signal }: ThreadReadOptions = {}): Promise<StoredChat | undefined> {
    return this.#calls.read('chat', [id], signal);
  }

  /**
   * The messages of a chat in ascending order with the records of their media, a page at a time.
   *
   * @throws {ChatferryError} `USAGE` when `limit` is not an integer of 0 or more.
   */
  messages(
    chatId: ChatId,
    { signal, ...options }: MessagesOptions & ThreadReadOptions = {},
  ): AsyncGenerator<MessageRecord, void, void> {
    return this.#calls.walk('messages', [chatId, options], signal);
  }

  /** Undefined if the archive does not have it. */
  message(chatId: ChatId, id: number, { signal }: ThreadReadOptions = {}): Promise<MessageRecord | undefined> {
    return this.#calls.read('message', [chatId, id], signal);
  }

  messageCount(chatId: ChatId, { signal }: ThreadReadOptions = {}): Promise<number> {
    return this.#calls.read('messageCount', [chatId], signal);
  }

  /** Media that are not in the archive, in the order of the messages. */
  missingMedia(chatId: ChatId, { signal }: ThreadReadOptions = {}): Promise<readonly MissingMedia[]> {
    return this.#calls.read('missingMedia', [chatId], signal);
  }

  /** Every file that the archive refers to, missing ones included, a page at a time. */
  files({ signal, ...options }: FilesOptions & ThreadReadOptions = {}): AsyncGenerator<ArchiveFile, void, void> {
    return this.#calls.walk('files', [options], signal);
  }

  /** Undefined if the sender is unknown. */
  sender(id: PeerId, { signal }: ThreadReadOptions = {}): Promise<Sender | undefined> {
    return this.#calls.read('sender', [id], signal);
  }

  /**
   * Messages with all the words of `query`, newest first, as {@link Archive.search} finds them.
   *
   * @throws {ChatferryError} `USAGE` when `limit` is not an integer of 0 or more.
   */
  search(query: string, { signal, ...options }: SearchOptions & ThreadReadOptions = {}): Promise<readonly Message[]> {
    return this.#calls.read('search', [query, options], signal);
  }

  /**
   * Ends the thread. Open reads reject at once. Resolves when the running statement has ended and the database is closed. A
   * second call waits as well.
   */
  close(): Promise<void> {
    return this.#calls.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens an archive for reading in a thread, for programs that must stay responsive. It takes no lock and works beside an
 * export, like {@link Archive.open} with `readOnly`. Starting a thread takes some tenths of a second, so open an archive once
 * and keep it open.
 *
 * @example
 * await using archive = await openArchiveInThread('exports');
 * const found = await archive.search('wind', { limit: 20, signal });
 *
 * @param path - The directory of the archive.
 * @throws {ChatferryError} `USAGE` when there is no archive; `ARCHIVE_DAMAGED`; `FILE_SYSTEM`; the reason of `options.signal` when
 *   that aborts. The thread has ended by then.
 */
export async function openArchiveInThread(path: string, { signal }: ThreadReadOptions = {}): Promise<ArchiveThread> {
  signal?.throwIfAborted();
  return ArchiveThread.over(startThread(), path, signal);
}
