import { setMaxListeners } from 'node:events';
import { basename } from 'node:path';

import type { Archive } from '../archive/archive.js';
import type { DerivativeFiles } from '../archive/files/derivative-files.js';
import type { MediaPosition, PendingFile } from '../archive/description.js';
import type { Derivative } from '../chat/description/derivative.js';
import type { ChatId } from '../chat/chat-id.js';
import { ChatferryError, errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import type { RunEvents } from './export-progress.js';
import { PreviewProgress } from './preview-progress.js';
import type { MediaDescriber } from '../media/media-describer.js';
import type { DescriptionCount } from './description-count.js';

export interface ChatDescriptionOptions {
  readonly chatId: ChatId;
  readonly archive: Archive;
  readonly files: DerivativeFiles;
  readonly describer: MediaDescriber;
  readonly reporter: RunEvents;
  /** Whether memory is high. Then one file is described at a time. */
  readonly isThrottled: () => boolean;
  /** No file is described before this promise settles, whether it resolves or rejects. */
  readonly startsAfter: Promise<unknown>;
  readonly signal: AbortSignal;
}

/** Files read from the archive at once. The smallest of them are described first. */
const PAGE_SIZE = 64;
const BEFORE_ALL: MediaPosition = { messageId: Number.MIN_SAFE_INTEGER, position: 0 };

/**
 * Describes the media of one chat during its export, under permits of its own. The archive is the queue: files with a
 * row and without a description are described. So memory does not grow with the chat, and an interrupted run leaves the
 * remaining files to the next one.
 */
export class ChatDescription implements AsyncDisposable {
  readonly #options: ChatDescriptionOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #running = new Map<string, Promise<void>>();
  readonly #walk: Promise<void>;
  readonly #progress: PreviewProgress;
  #wake: () => void = () => undefined;
  #hasNews = true;
  #startsOver = false;
  #isLastCall = false;
  #failure: { readonly error: unknown } | undefined;
  #count = {
    describedCount: 0,
    sharedCount: 0,
    derivativeCount: 0,
    derivativeBytes: 0,
    copyCount: 0,
    copySavedBytes: 0,
  };

  /** Starts at once; dispose of it to stop it. */
  constructor(options: ChatDescriptionOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    setMaxListeners(0, this.#signal); // Every running job listens, so many listeners are no leak.
    this.#progress = new PreviewProgress(options.chatId, options.reporter);
    this.#walk = this.#describeAll().catch((error: unknown) => {
      this.#failure ??= { error };
    });
  }

  get count(): DescriptionCount {
    return this.#count;
  }

  /** Reports that media were committed. */
  wake(): void {
    this.#hasNews = true;
    this.#wake();
  }

  /** Reports that media were committed at earlier positions, so that the walk starts over. */
  startOver(): void {
    this.#startsOver = true;
    this.wake();
  }

  /**
   * Waits until all media of the chat are described, and removes derivatives of media that the chat no longer has.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  async finish(): Promise<void> {
    const { archive, files, chatId } = this.#options;
    this.#isLastCall = true;
    this.#progress.remaining(archive.descriptions.pendingCount(chatId, await this.#knownRecipes()));
    this.wake();
    await this.#walk;
    await Promise.all(this.#running.values());
    this.#options.signal.throwIfAborted();
    this.#progress.finish();
    if (this.#failure !== undefined) this.#judgeFailure(this.#failure.error);
    archive.descriptions.removeUnwanted(chatId);
    await files.finish(archive.descriptions.paths(chatId));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new ChatferryError('INTERRUPTED', 'The export has ended.'));
    this.#wake();
    await this.#walk;
    await Promise.all(this.#running.values());
  }

  /** Programs are looked for when there is something to do for them. */
  async #knownRecipes(): Promise<readonly string[]> {
    const { archive, chatId, describer } = this.#options;
    if (archive.descriptions.pending(chatId, BEFORE_ALL, { recipes: [describer.recipe], limit: 1 }).length === 0)
      return [describer.recipe];
    return describer.recipes(this.#signal);
  }

  /** The export is complete without workers too, so their failure is only a note. */
  #judgeFailure(error: unknown): void {
    if (!isChatferryError(error, 'INTERNAL')) throw error;
    const text = `Media could not be analysed, so there are no thumbnails: ${errorMessage(error)}`;
    this.#options.reporter.event({ type: 'note', text });
  }

  async #describeAll(): Promise<void> {
    await this.#waitForStart();
    let after = BEFORE_ALL;
    while (this.#failure === undefined && !this.#signal.aborted) {
      this.#hasNews = false;
      if (this.#startsOver) after = BEFORE_ALL;
      this.#startsOver = false;
      const page = await this.#page(after);
      const last = page.at(-1);
      if (last !== undefined) {
        after = last;
        for (const file of smallestFirst(page)) await this.#start(file);
      } else if (this.#isLastCall) {
        return;
      } else {
        await this.#waitForMedia();
      }
    }
  }

  async #page(after: MediaPosition): Promise<readonly PendingFile[]> {
    const { archive, chatId, describer, files } = this.#options;
    // Programs are looked for when there is something to do for them.
    if (archive.descriptions.pending(chatId, after, { recipes: [describer.recipe], limit: 1 }).length === 0) return [];
    const recipes = await describer.recipes(this.#signal);
    const page = archive.descriptions.pending(chatId, after, { recipes, limit: PAGE_SIZE });
    if (page.length > 0) await files.prepare();
    return page;
  }

  async #waitForStart(): Promise<void> {
    const { promise, wake } = bell();
    void this.#options.startsAfter.then(wake, wake);
    await this.#unlessAborted(promise, wake);
  }

  async #waitForMedia(): Promise<void> {
    if (this.#hasNews || this.#isLastCall || this.#signal.aborted) return;
    const { promise, wake } = bell();
    this.#wake = wake;
    await this.#unlessAborted(promise, wake);
  }

  async #unlessAborted(promise: Promise<void>, wake: () => void): Promise<void> {
    if (this.#signal.aborted) return;
    this.#signal.addEventListener('abort', wake, { once: true });
    await promise;
    this.#signal.removeEventListener('abort', wake);
  }

  /** Resolves when the next file may be started. */
  async #start(file: PendingFile): Promise<void> {
    const { describer, isThrottled } = this.#options;
    if (this.#running.has(file.sha256) || this.#failure !== undefined || this.#signal.aborted) return;
    const running = this.#describe(file)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(file.sha256));
    this.#running.set(file.sha256, running);
    // One more than run at once, so that a worker that has finished finds the next job waiting.
    while (this.#running.size > (isThrottled() ? 0 : describer.concurrency)) {
      await Promise.race(this.#running.values());
    }
  }

  async #describe(file: PendingFile): Promise<void> {
    const { archive, chatId, describer, files } = this.#options;
    const { sha256 } = file;
    const recipes = await describer.recipes(this.#signal);
    if (archive.descriptions.has(chatId, sha256, recipes)) return; // A duplicate on the same page.
    if (await this.#share(file, recipes)) return;
    const made = await describer.describe(
      {
        path: files.absoluteMediaPath(file.path),
        sha256,
        sizeBytes: file.sizeBytes,
        outputFolder: files.workFolder,
        name: files.nameOf(sha256),
        hasWaveform: file.hasWaveform,
      },
      this.#signal,
    );
    const paths = await files.place(made.derivatives.map(({ path }) => basename(path)));
    const derivatives = made.derivatives.map((derivative, index) => ({ ...derivative, path: paths[index] ?? '' }));
    archive.descriptions.put({ ...made, chatId, sha256, derivatives });
    this.#counted('describedCount', file.sizeBytes, derivatives);
  }

  /** Takes over the description that another chat has. */
  async #share({ sha256, sizeBytes }: PendingFile, recipes: readonly string[]): Promise<boolean> {
    const { archive, chatId, files } = this.#options;
    for (const { folder, recipe, ...known } of archive.descriptions.elsewhere(chatId, sha256)) {
      if (!recipes.includes(recipe) || !(await files.share(folder, known.derivatives))) continue;
      archive.descriptions.put({ chatId, sha256, recipe, ...known });
      this.#counted('sharedCount', sizeBytes, known.derivatives);
      return true;
    }
    return false;
  }

  #counted(what: 'describedCount' | 'sharedCount', originalBytes: number, derivatives: readonly Derivative[]): void {
    this.#count[what] += 1;
    this.#progress.step();
    this.#count.derivativeCount += derivatives.length;
    for (const { kind, sizeBytes } of derivatives) {
      this.#count.derivativeBytes += sizeBytes;
      if (kind !== 'transcode') continue;
      this.#count.copyCount += 1;
      this.#count.copySavedBytes += originalBytes - sizeBytes;
    }
  }
}

/** Small files first, so that slow ones do not delay them. */
function smallestFirst(page: readonly PendingFile[]): readonly PendingFile[] {
  return [...page].sort((one, other) => one.sizeBytes - other.sizeBytes);
}

function bell(): { readonly promise: Promise<void>; readonly wake: () => void } {
  let wake = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return { promise, wake };
}
