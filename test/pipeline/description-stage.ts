import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { Archive } from '../../src/archive/archive.js';
import { DerivativeFiles } from '../../src/archive/files/derivative-files.js';
import type { Chat } from '../../src/chat/chat.js';
import type { Derivative } from '../../src/chat/description/derivative.js';
import type { StoredFile } from '../../src/chat/record.js';
import type { DescribedFile, FileToDescribe, MediaDescriber } from '../../src/media/media-describer.js';
import { ChatDescription } from '../../src/pipeline/chat-description.js';
import type { RunEvent } from '../../src/pipeline/export-progress.js';
import { CHAT, PHOTO, recordOf, textMessage } from '../archive/sample-message.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';
import { settle } from '../concurrency/deferred.js';

/** Makes one derivative of each file: its bytes in capitals. Where it makes copies too: the first letter. */
export class Capitals implements MediaDescriber {
  readonly recipe = 'v1';
  readonly concurrency: number = 2;
  readonly described: string[] = [];
  /** What it was given. */
  readonly asked: FileToDescribe[] = [];
  /** Why it was stopped. */
  readonly reasons: unknown[] = [];
  /** How often it was asked what it can do now. */
  recipesCount = 0;
  makesCopies = false;
  accepted: readonly string[] = ['v1'];
  recipeNow = 'v1';
  /** How long a file takes. */
  work: () => Promise<void> = settle;
  mostAtOnce = 0;
  #atOnce = 0;

  recipes(): Promise<readonly string[]> {
    this.recipesCount += 1;
    return Promise.resolve(this.accepted);
  }

  async describe(file: FileToDescribe, signal: AbortSignal): Promise<DescribedFile> {
    const { path, outputFolder, name } = file;
    this.asked.push(file);
    this.described.push(basename(path));
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    try {
      await Promise.race([this.work(), aborted(signal)]);
      if (signal.aborted) this.reasons.push(signal.reason);
      signal.throwIfAborted();
    } finally {
      this.#atOnce -= 1;
    }
    const text = readFileSync(path, 'utf8').toUpperCase();
    const make = (kind: Derivative['kind'], ending: string, content: string): Derivative => {
      const output = join(outputFolder, `${name}.${ending}.webp`);
      writeFileSync(output, content);
      return { kind, path: output, sizeBytes: content.length, mimeType: 'image/webp' };
    };
    const content = { kind: 'image' as const, mimeType: 'image/jpeg' };
    return {
      recipe: this.recipeNow,
      description: { content, facts: {}, problems: [] },
      derivatives: [
        make('thumbnail', 'thumb', text),
        ...(this.makesCopies ? [make('transcode', 'small', text.slice(0, 1))] : []),
      ],
    };
  }
}

export interface StageOptions {
  readonly signal?: AbortSignal;
  readonly isThrottled?: boolean;
  readonly startsAfter?: Promise<void>;
}

/** An archive with a chat, whose media are short texts. */
export class Stage implements Disposable {
  readonly events: RunEvent[] = [];

  readonly archive: Archive;
  readonly chat: Chat;

  private constructor(archive: Archive, chat: Chat) {
    this.archive = archive;
    this.chat = chat;
  }

  static async open(chat: Chat = CHAT, directory: string = temporaryDirectory()): Promise<Stage> {
    const archive = await Archive.open(directory);
    archive.placeChat(chat);
    return new Stage(archive, chat);
  }

  get folder(): string {
    return join(this.archive.directory, this.archive.chat(this.chat.id)?.folder ?? '');
  }

  post(firstId: number, texts: readonly string[]): void {
    const records = texts.map((text, index) => {
      const file = this.#write(firstId + index, text);
      const message = { ...textMessage(firstId + index), chatId: this.chat.id };
      return recordOf(message, [{ state: 'stored', media: PHOTO, file }]);
    });
    this.archive.commit({ chatId: this.chat.id, records, senders: [] });
  }

  describe(describer: MediaDescriber, options: StageOptions = {}): ChatDescription {
    const { signal = new AbortController().signal, isThrottled = false, startsAfter = Promise.resolve() } = options;
    const folder = this.archive.chat(this.chat.id)?.folder ?? '';
    return new ChatDescription({
      chatId: this.chat.id,
      archive: this.archive,
      files: new DerivativeFiles({ directory: this.archive.directory, folder }),
      describer,
      reporter: { event: (event) => this.events.push(event) },
      isThrottled: () => isThrottled,
      startsAfter,
      signal,
    });
  }

  /** Sorted. */
  thumbnails(): readonly string[] {
    return readdirSync(join(this.folder, 'thumbs'))
      .map((name) => readFileSync(join(this.folder, 'thumbs', name), 'utf8'))
      .sort();
  }

  [Symbol.dispose](): void {
    this.archive.close();
  }

  #write(id: number, text: string): StoredFile {
    const path = `media/photos/${id}.jpg`;
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
    return { path, sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

/** Work that ends when it is aborted, and not before. */
export function forEver(): Promise<void> {
  return new Promise(() => undefined);
}
