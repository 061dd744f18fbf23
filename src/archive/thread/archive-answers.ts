import { ChatferryError } from '../../errors/chatferry-error.js';
import { Archive } from '../archive.js';
import type { Reads, ThreadNotice, ThreadRequest, WalkPage, Walks } from './thread-message.js';

/** Items of a page. Requests for pages cost little compared with reading so many messages. */
const PAGE_SIZE = 200;

type AnyRead = (...values: readonly unknown[]) => unknown;

/** Answers the requests to a thread. The first request opens the archive. */
export class ArchiveAnswers {
  readonly #walks = new Map<number, Iterator<unknown>>();
  #archive: Archive | undefined;
  #isClosed = false;

  /** @throws {ChatferryError} as the methods of the archive do. */
  async answer(request: ThreadRequest): Promise<unknown> {
    switch (request.type) {
      case 'read':
        // `ThreadCalls.read` has checked the types of the values.
        return await (this.#reads[request.name] as AnyRead)(...request.values);
      case 'walk': {
        const walk = this.#walksOf[request.name] as (...values: readonly unknown[]) => Iterable<unknown>;
        this.#walks.set(request.walk, walk(...request.values)[Symbol.iterator]());
        return this.#page(request.walk);
      }
      case 'next':
        return this.#page(request.walk);
    }
  }

  take(notice: ThreadNotice): void {
    if (notice.type === 'leave') {
      this.#walks.get(notice.walk)?.return?.();
      this.#walks.delete(notice.walk);
    } else {
      this.#isClosed = true;
      this.#archive?.close();
    }
  }

  /** Items before an error are returned. The next page then throws the error. */
  #page(walk: number): WalkPage {
    const items: unknown[] = [];
    try {
      const iterator = this.#walks.get(walk);
      while (items.length < PAGE_SIZE) {
        const next = iterator?.next();
        if (next === undefined || next.done === true) {
          this.#walks.delete(walk);
          return { items, isLast: true };
        }
        items.push(next.value);
      }
    } catch (error) {
      this.#walks.delete(walk);
      if (items.length === 0) throw error;
      this.#walks.set(walk, thrower(error));
    }
    return { items, isLast: false };
  }

  get #opened(): Archive {
    if (this.#archive === undefined)
      throw new ChatferryError('INTERNAL', 'The thread was not asked to open an archive.');
    return this.#archive;
  }

  readonly #reads: Reads = {
    open: async (directory) => {
      const archive = await Archive.open(directory, { readOnly: true });
      this.#archive = archive;
      if (this.#isClosed) archive.close(); // Closed while it was opened.
      return { directory: archive.directory, folderMode: archive.folderMode };
    },
    chat: (id) => this.#opened.chat(id),
    chats: () => this.#opened.chats(),
    description: (chatId, sha256) => this.#opened.descriptions.one(chatId, sha256),
    message: (chatId, id) => this.#opened.message(chatId, id),
    messageCount: (chatId) => this.#opened.messageCount(chatId),
    missingMedia: (chatId) => this.#opened.missingMedia(chatId),
    search: (query, options) => this.#opened.search(query, options),
    sender: (id) => this.#opened.sender(id),
  };

  readonly #walksOf: Walks = {
    files: (options) => this.#opened.files(options),
    messages: (chatId, options) => this.#opened.messages(chatId, options),
  };
}

function thrower(error: unknown): Iterator<never> {
  return {
    next: () => {
      throw error;
    },
  };
}
