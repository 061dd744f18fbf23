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

/** So many files that are there already are passed over before others have their turn. */
const PASSED_AT_ONCE = 500;

/** What came of an export at one target. */
export interface FollowedReport extends TargetReport {
  readonly failed: readonly FailedFile[];
}

export interface FollowedTargetOptions {
  /** For what is left when the export has ended. */
  readonly run: TargetRun;
  /** For what is sent beside it. */
  readonly runBeside: TargetRun;
  readonly reporter: UploadReporter;
  /** Called with each file as soon as it is there, in no order. */
  readonly onArrived?: ((file: ArrivedFile) => void) | undefined;
  /** Called with what became of each file. */
  readonly onFile?: ((file: UploadedFile) => void) | undefined;
}

/** One target of an export: files go to it as the export writes them, and what is left at the end. Failures are kept. */
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

  /** Of what is sent at the end: beside the export one file is sent at a time anyway. */
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

  /** Sends files as the export writes them. What stops it is in the report. @throws the signal's reason when it aborts. */
  async follow(items: AsyncIterable<UploadItem>, signal: AbortSignal): Promise<void> {
    await this.#send(this.#uploaderBeside, items, signal);
  }

  /**
   * Sends what is not there when the export has ended, and tries what failed once more.
   *
   * @throws the signal's reason when it aborts.
   */
  async sendRest(items: AsyncIterable<UploadItem>, signal: AbortSignal): Promise<void> {
    this.#failure = undefined;
    this.#presentCount = -this.#uploadedCount; // Those that this run has sent are met again.
    await this.#send(this.#uploader, items, signal);
    this.#presentCount = Math.max(0, this.#presentCount);
  }

  async #send(uploader: Uploader, items: AsyncIterable<UploadItem>, signal: AbortSignal): Promise<void> {
    try {
      await checkTarget(this.#run, signal);
      for await (const file of uploader.upload(this.#missing(items), signal)) {
        if (file.state === 'failed' && file.isGivenUp === true) break; // What is left is met again at the end, or by the next export.
        this.#note(file);
      }
      this.#failure = uploader.givenUp;
    } catch (error) {
      signal.throwIfAborted();
      if (!isChatferryError(error)) throw error; // A defect of ours.
      this.#failure = error;
    }
  }

  /** What the target was not seen to have. That it has the others still is not asked for each time: `chatferry upload` does. */
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
