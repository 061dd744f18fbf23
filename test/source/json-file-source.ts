import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Account } from '../../src/chat/account.js';
import type { Batch } from '../../src/chat/batch.js';
import type { Chat } from '../../src/chat/chat.js';
import type { Media } from '../../src/chat/media.js';
import type { Message } from '../../src/chat/message.js';
import type { Sender } from '../../src/chat/sender.js';
import { ChatferryError } from '../../src/errors/chatferry-error.js';
import type {
  DownloadedFile,
  DownloadOptions,
  HistoryOptions,
  MessageSource,
} from '../../src/source/message-source.js';

/** One chat that another program wrote down, with files beside it. */
export interface JsonChat {
  readonly account: Account;
  readonly chat: Chat;
  readonly senders: readonly Sender[];
  /** In any order. */
  readonly messages: readonly Message[];
  /** Paths relative to the JSON file, by the remote id of the medium. */
  readonly files: Readonly<Record<string, string>>;
}

const BATCH_SIZE = 100;

/** The least that an import is: reads a chat from a JSON file, and copies the files that stand beside it. */
export class JsonFileSource implements MessageSource {
  readonly account: Account;
  readonly chat: Chat;
  readonly #path: string;
  readonly #files: JsonChat['files'];

  static async open(path: string): Promise<JsonFileSource> {
    return new JsonFileSource(path, await read(path));
  }

  private constructor(path: string, { account, chat, files }: JsonChat) {
    this.#path = path;
    this.#files = files;
    this.account = account;
    this.chat = chat;
  }

  history(_: Chat, { after = -Infinity, signal }: HistoryOptions): AsyncIterable<Batch> {
    return this.#batches(({ id }) => id > after, signal);
  }

  messages(_: Chat, ids: readonly number[], signal: AbortSignal): AsyncIterable<Batch> {
    const wanted = new Set(ids);
    return this.#batches(({ id }) => wanted.has(id), signal);
  }

  async download(message: Message, media: Media, options: DownloadOptions): Promise<DownloadedFile> {
    const { path, maxSizeBytes = Infinity, onBytes, signal } = options;
    signal.throwIfAborted();
    const name = this.#files[media.remoteId ?? ''];
    if (media.unavailableReason !== undefined || name === undefined) {
      const reason = media.unavailableReason ?? `Message ${message.id} was written down without its ${media.kind}.`;
      throw new ChatferryError('MEDIA_UNAVAILABLE', reason);
    }
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const to = createWriteStream(path);
    try {
      for await (const piece of createReadStream(join(dirname(this.#path), name), {
        signal,
      }) as AsyncIterable<Buffer>) {
        sizeBytes += piece.length;
        if (sizeBytes > maxSizeBytes) throw new ChatferryError('TOO_LARGE', `${name} is larger than ${maxSizeBytes}.`);
        hash.update(piece);
        if (!to.write(piece)) await once(to, 'drain');
        onBytes?.(piece.length);
      }
      to.end();
      await once(to, 'close');
      await using file = await open(path, 'r+');
      await file.sync();
    } catch (error) {
      to.destroy();
      await rm(path, { force: true });
      throw error;
    }
    return { sizeBytes, sha256: hash.digest('hex') };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#batches(wanted: (message: Message) => boolean, signal: AbortSignal): AsyncGenerator<Batch> {
    const { messages: all, senders } = await read(this.#path);
    const found = all.filter(wanted).toSorted((one, other) => one.id - other.id);
    signal.throwIfAborted();
    for (let start = 0; start < found.length; start += BATCH_SIZE) {
      signal.throwIfAborted();
      const messages = found.slice(start, start + BATCH_SIZE);
      const named = new Set(messages.map(({ senderId }) => senderId));
      yield { messages, senders: senders.filter(({ id }) => named.has(id)) };
    }
  }
}

async function read(path: string): Promise<JsonChat> {
  return JSON.parse(await readFile(path, 'utf8')) as JsonChat;
}
