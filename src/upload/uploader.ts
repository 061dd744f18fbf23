import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';

import { orderedWindow } from '../concurrency/ordered-window.js';
import { Permits } from '../concurrency/permits.js';
import { errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import { meaningOf } from '../errors/error-meaning.js';
import { ProgressTracker } from './progress/progress-tracker.js';
import { runFile } from './run-file.js';
import type { TargetRun } from './target-run.js';
import type { UploadedFile, UploadItem } from './uploaded-file.js';
import type { UploadReporter } from './progress/upload-progress.js';

/** So many files may be finished behind a slow one, for each that is on its way at a time. */
const WINDOW_PER_PERMIT = 16;
/**
 * Files on their way, for each request at a time: while some are sent, others are read, written down in their sessions, or
 * wait for their turn. Each costs an open file and two pieces of 64 KB.
 */
const FILES_PER_REQUEST = 2;

export interface UploaderOptions {
  readonly run: TargetRun;
  readonly reporter: UploadReporter;
  /** A monotonic clock, in milliseconds. @defaultValue `performance.now` */
  readonly clock?: () => number;
}

/** Brings files to one target, several at a time. */
export class Uploader {
  readonly #options: Required<UploaderOptions>;
  readonly #permits: Permits;

  constructor({ clock = () => performance.now(), ...options }: UploaderOptions) {
    this.#options = { ...options, clock };
    const { most } = options.run.parallelism;
    this.#permits = new Permits(most === 1 ? 1 : most * FILES_PER_REQUEST);
  }

  /**
   * @returns what became of each file, in the order given. A file that fails is a value.
   * @throws {ChatferryError} what every other file would meet as well: the far end is not to be reached, a full disk. The
   *   signal's reason when it aborts. Sessions stay, and the same call goes on.
   */
  async *upload(items: AsyncIterable<UploadItem>, signal: AbortSignal): AsyncGenerator<UploadedFile, void, void> {
    const size = this.#permits.ceiling * WINDOW_PER_PERMIT;
    const send = (item: UploadItem, stopSignal: AbortSignal): Promise<UploadedFile> => {
      setMaxListeners(0, stopSignal); // One for all files of the run.
      return this.#permits.run(() => this.#one(item, stopSignal));
    };
    for await (const outcome of orderedWindow(items, send, { size, signal })) {
      if (!outcome.ok) throw outcome.error;
      yield outcome.value;
    }
  }

  async #one(item: UploadItem, signal: AbortSignal): Promise<UploadedFile> {
    signal.throwIfAborted();
    const { run, reporter, clock } = this.#options;
    const { path, name } = item;
    const progress = new ProgressTracker({
      taskId: randomUUID(),
      file: path,
      target: run.target.id,
      reporter,
      now: clock,
    });
    try {
      return await runFile(run, item, progress, signal);
    } catch (error) {
      signal.throwIfAborted();
      progress.failed(errorMessage(error));
      if (meaningOf(error).scope === 'run' && !isChatferryError(error, 'FILE_SYSTEM', 'LOCKED')) throw error;
      const code = isChatferryError(error) ? error.code : 'INTERNAL';
      return {
        path,
        name,
        target: run.target.id,
        sizeBytes: progress.sizeBytes,
        state: 'failed',
        code,
        reason: errorMessage(error),
      };
    }
  }
}
