import { setImmediate as turnOfTheLoop } from 'node:timers/promises';

import { type ChatferryError, isChatferryError } from '../../../errors/chatferry-error.js';
import { rememberedFile } from '../../../upload/remembered-file.js';
import type { TargetRun } from '../../../upload/target-run.js';
import type { Rollout } from '../../../upload/pace/rollout.js';
import { Uploader } from '../../../upload/uploader.js';
import type { ArrivedFile, FailedFile, UploadedFile, UploadItem } from '../../../upload/uploaded-file.js';
import type { UploadReporter } from '../../../upload/progress/upload-progress.js';
import { checkTarget } from '../targets/check-target.js';
import { failureOf, type TargetReport } from '../job-report.js';

/** After skipping this many uploaded files, it yields to other work. */
const PASSED_AT_ONCE = 500;

/** The result of an export at one target. */
export interface FollowedReport extends TargetReport {
  readonly failed: readonly FailedFile[];
}

export interface FollowedTargetOptions {
  /** For the remaining files after the export. */
  readonly run: TargetRun;
  /** For files sent during the export. */
  readonly runBeside: TargetRun;
  readonly reporter: UploadReporter;
  /** Called with each file as soon as it is uploaded, in no particular order. */
  readonly onArrived?: ((file: ArrivedFile) => void) | undefined;
  /** Called with the result of each file. */
  readonly onFile?: ((file: UploadedFile) => void) | undefined;
}

/**
 * One target of an export: files are sent as the export writes them, and the remaining ones at the end. Failures are
 * recorded.
 */
export class FollowedTarget {
  readonly #run: TargetRun;
  readonly #uploader: Uploader;
  readonly #uploaderBeside: Uploader;
  readonly #onFile: (file: UploadedFile) => void;
  readonly #failed = new Map<string, FailedFile>();
  #uploadedCount = 0;
  #presentCount = 0;
  #sizeBytes = 0;
  #failure: ChatferryError | undefined;

  constructor({ run, runBeside, reporter, onArrived, onFile = () => undefined }: FollowedTargetOptions) {
    this.#run = run;
    this.#onFile = onFile;
    this.#uploader = new Uploader({ run, reporter, onArrived });
    this.#uploaderBeside = new Uploader({ run: runBeside, reporter, onArrived });
  }

  /** For the files sent at the end. During the export, files are sent one at a time anyway. */
  get rollout(): Rollout {
    return this.#run.rollout;
  }

  get report(): FollowedReport {
    const { metrics: paths, turnedBack } = this.#run.rollout;
    const failure = this.#failure;
    return {
      target: this.#run.target.id,
      uploadedCount: this.#uploadedCount,
      presentCount: this.#presentCount,
      failedCount: this.#failed.size,
      sizeBytes: this.#sizeBytes,
      paths,
      ...(turnedBack === undefined ? {} : { turnedBack }),
      ...(failure === undefined ? {} : { failure: failureOf(failure) }),
      failed: [...this.#failed.values()],
    };
  }

  /**
   * Sends files as the export writes them. An error that stops it is in the report.
   *
   * @throws the signal's reason when it aborts.
   */
  async follow(items: AsyncIterable<UploadItem>, signal: AbortSignal): Promise<void> {
    await this.#send(this.#uploaderBeside, items, signal);
  }

  /**
   * Sends the remaining files after the export, and retries failed ones once.
   *
   * @throws the signal's reason when it aborts.
   */
  async sendRest(items: AsyncIterable<UploadItem>, signal: AbortSignal): Promise<void> {
    this.#failure = undefined;
    this.#presentCount = -this.#uploadedCount; // Files that this run has sent come up again and are then counted as present.
    await this.#send(this.#uploader, items, signal);
    this.#presentCount = Math.max(0, this.#presentCount);
  }

  async #send(uploader: Uploader, items: AsyncIterable<UploadItem>, signal: AbortSignal): Promise<void> {
    try {
      await checkTarget(this.#run, signal);
      for await (const file of uploader.upload(this.#missing(items), signal)) {
        if (file.state === 'failed' && file.isGivenUp === true) break; // The remaining files are sent at the end, or by the next export.
        this.#note(file);
      }
      this.#failure = uploader.givenUp;
    } catch (error) {
      signal.throwIfAborted();
      if (!isChatferryError(error)) throw error; // A bug.
      this.#failure = error;
    }
  }

  /**
   * The files that are not known to be at the target. Whether the other files are still there is not checked here;
   * `chatferry upload` does that.
   */
  async *#missing(items: AsyncIterable<UploadItem>): AsyncGenerator<UploadItem, void, void> {
    let passedCount = 0;
    for await (const item of items) {
      const { sha256, name } = item;
      const isThere = sha256 !== undefined && (await rememberedFile(this.#run, { sha256, name })) !== undefined;
      if (!isThere) yield item;
      else {
        this.#presentCount += 1;
        if ((passedCount += 1) % PASSED_AT_ONCE === 0) await turnOfTheLoop();
      }
    }
  }

  #note(file: UploadedFile): void {
    this.#onFile(file);
    this.#failed.delete(file.name);
    if (file.state === 'failed') {
      this.#failed.set(file.name, file);
      return;
    }
    this.#sizeBytes += file.sizeBytes;
    if (file.state === 'present') this.#presentCount += 1;
    else this.#uploadedCount += 1;
  }
}
