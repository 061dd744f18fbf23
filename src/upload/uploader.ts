import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';

import { orderedWindow } from '../concurrency/ordered-window.js';
import { Permits } from '../concurrency/permits.js';
import { type ChatferryError, errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import { fileSizeOf } from './file/file-size.js';
import { endsRun, GivingUp } from './giving-up.js';
import { ProgressTracker } from './progress/progress-tracker.js';
import { runFile } from './run-file.js';
import type { TargetRun } from './target-run.js';
import type { ArrivedFile, FailedFile, UploadedFile, UploadItem } from './uploaded-file.js';
import type { UploadReporter } from './progress/upload-progress.js';

/** Files that may be finished behind a slow one, per file that may be sent at once. */
const WINDOW_PER_PERMIT = 16;
/**
 * Open files for each permitted request: while some are sent, others are read, recorded in their sessions, or wait. Each costs
 * an open file and two buffers of 64 KB.
 */
const FILES_PER_REQUEST = 2;

export interface UploaderOptions {
  readonly run: TargetRun;
  readonly reporter: UploadReporter;
  /**
   * Called with each file as soon as it is uploaded, in no particular order, and even if the run ends before the file
   * is yielded.
   */
  readonly onArrived?: ((file: ArrivedFile) => void) | undefined;
  /**
   * Checks the target beside the reading of the first files, and gives it up when it refuses. No file is sent before.
   * @defaultValue it was checked before
   */
  readonly check?: (uploader: Uploader, signal: AbortSignal) => Promise<void>;
  /** A monotonic clock, in milliseconds. @defaultValue `performance.now` */
  readonly clock?: () => number;
}

interface FileSignals {
  /** Aborts when the caller no longer needs the files. */
  readonly stopped: AbortSignal;
  /** Aborts then, and when the target is given up. */
  readonly ended: AbortSignal;
}

/** Uploads files to one target, several at a time. */
export class Uploader {
  readonly #options: UploaderOptions & Required<Pick<UploaderOptions, 'clock'>>;
  /** One object for all files, which is what tells a run from others. */
  #run: TargetRun;
  readonly #permits: Permits;
  readonly #givingUp = new GivingUp();

  constructor({ clock = () => performance.now(), ...options }: UploaderOptions) {
    this.#options = { ...options, clock };
    this.#run = options.run;
    const { most } = options.run.parallelism;
    this.#permits = new Permits(most === 1 ? 1 : most * FILES_PER_REQUEST);
  }

  /** Why the target was given up; undefined if it was not. */
  get givenUp(): ChatferryError | undefined {
    return this.#givingUp.reason;
  }

  /** Gives the target up: running files stop, and all further files fail for this reason. Their sessions stay. */
  giveUp(reason: ChatferryError): void {
    this.#givingUp.giveUp(reason);
  }

  /**
   * @returns the result of each file, in the given order. A failed file is a value. After an error that every other
   *   file would meet, such as an unreachable target, all others fail with the same reason: see `givenUp`.
   * @throws {ChatferryError} `USAGE`, `INTERNAL`; what the check throws, before the first result. The signal's reason when it
   *   aborts. Sessions stay, and the same call resumes.
   */
  async *upload(items: AsyncIterable<UploadItem>, signal: AbortSignal): AsyncGenerator<UploadedFile, void, void> {
    const size = this.#permits.ceiling * WINDOW_PER_PERMIT;
    const { check, run } = this.#options;
    const ending = new AbortController();
    const checked = check?.(this, AbortSignal.any([signal, ending.signal]));
    checked?.catch(() => undefined); // Those who wait for it get the error.
    if (checked !== undefined) this.#run = { ...run, checked };
    let signals: FileSignals | undefined;
    const send = (item: UploadItem, stopped: AbortSignal): Promise<UploadedFile> => {
      signals ??= this.#signalsOf(stopped);
      const shared = signals;
      return this.#permits.run(() => this.#one(item, shared));
    };
    try {
      for await (const outcome of orderedWindow(items, send, { size, signal })) {
        await checked;
        if (!outcome.ok) throw outcome.error;
        yield outcome.value;
      }
      await checked;
    } finally {
      ending.abort();
      await Promise.allSettled([checked]); // The target is closed next.
    }
  }

  /** Signals that all files of the run share. */
  #signalsOf(stopped: AbortSignal): FileSignals {
    const ended = AbortSignal.any([stopped, this.#givingUp.signal]);
    setMaxListeners(0, ended);
    return { stopped, ended };
  }

  async #one(item: UploadItem, { stopped, ended }: FileSignals): Promise<UploadedFile> {
    stopped.throwIfAborted();
    const { reporter, clock, onArrived } = this.#options;
    const run = this.#run;
    const { path } = item;
    const progress = new ProgressTracker({
      taskId: randomUUID(),
      file: path,
      target: run.target.id,
      reporter,
      now: clock,
    });
    if (run.target.isDeclaredBefore !== true) await run.checked;
    if (this.givenUp !== undefined) return this.#untried(item, progress, this.givenUp);
    try {
      const file = await runFile(run, { item, progress }, ended);
      const isBelieved = file.state === 'present' && run.check === 'remembered'; // The target was not asked.
      if (!isBelieved) this.#givingUp.succeeded();
      onArrived?.(file);
      return file;
    } catch (error) {
      stopped.throwIfAborted();
      const { reason: givenUp } = this.#givingUp;
      if (givenUp !== undefined) return this.#failed(item, progress, item.problem ?? givenUp); // The target was given up, so its requests were stopped.
      if (!isChatferryError(error) || endsRun(error)) {
        progress.failed(errorMessage(error));
        throw error;
      }
      this.#givingUp.failed(error);
      return this.#failed(item, progress, error);
    }
  }

  /** A file that is not tried. An earlier problem of its own remains the reason. */
  async #untried(item: UploadItem, progress: ProgressTracker, reason: ChatferryError): Promise<FailedFile> {
    const { path, bytesPath = path, problem = reason } = item;
    progress.sizeIs((await fileSizeOf(bytesPath)) ?? 0);
    return this.#failed(item, progress, problem);
  }

  #failed({ path, name }: UploadItem, progress: ProgressTracker, error: ChatferryError): FailedFile {
    progress.failed(error.message);
    return {
      path,
      name,
      target: this.#options.run.target.id,
      sizeBytes: progress.sizeBytes,
      ...(progress.startedOver === undefined ? {} : { startedOver: progress.startedOver }),
      state: 'failed',
      code: error.code,
      reason: error.message,
      ...(error === this.givenUp ? { isGivenUp: true } : {}),
    };
  }
}
