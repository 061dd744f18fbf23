import { Permits } from '../../concurrency/permits.js';
import { type ErrorCode, isChatferryError } from '../../errors/chatferry-error.js';

export type UploadPath = 'parallel' | 'sequential';

/** The results of the files of one path. */
export interface PathMetrics {
  readonly fileCount: number;
  readonly failedCount: number;
  readonly requestCount: number;
  /** Requests that were not answered in time, even if a retry succeeded. */
  readonly timeoutCount: number;
  readonly sentBytes: number;
  /** The sum over all files. */
  readonly wallMs: number;
  /** How often requests or files failed with each error, by code. */
  readonly errors: Readonly<Partial<Record<ErrorCode, number>>>;
}

export interface RolloutOptions {
  /** The percentage of files that take the parallel path. */
  readonly percent: number;
  /** Called once, when the parallel path is given up. */
  readonly onTurnBack: (reason: string) => void;
}

/** The error rate of fewer files is meaningless. */
const MIN_FILES = 20;
const MIN_REQUESTS = 100;
/** How far the error rate may exceed that of the sequential path. */
const MAX_ERROR_POINTS = 0.05;
const MAX_TIMEOUT_RATIO = 0.01;

interface Tally {
  fileCount: number;
  failedCount: number;
  requestCount: number;
  timeoutCount: number;
  sentBytes: number;
  wallMs: number;
  readonly errors: Partial<Record<ErrorCode, number>>;
}

/** The result of one file. */
export interface PathSample {
  readonly sentBytes: number;
  readonly wallMs: number;
  readonly requestCount: number;
  /** Errors of its requests, even if a retry succeeded. */
  readonly metErrors: ReadonlyMap<ErrorCode, number>;
  /** Undefined on success. */
  readonly error?: unknown;
}

/**
 * Decides which files are sent in parallel, compares the results of both groups, and stops parallel sending if they are
 * worse. The choice depends on the content of a file, so it is the same in each run.
 */
export class Rollout {
  readonly #percent: number;
  readonly #onTurnBack: (reason: string) => void;
  readonly #tallies: Readonly<Record<UploadPath, Tally>> = { parallel: newTally(), sequential: newTally() };
  readonly #oneByOne = new Permits(1);
  #turnedBack: string | undefined;

  constructor({ percent, onTurnBack }: RolloutOptions) {
    this.#percent = percent;
    this.#onTurnBack = onTurnBack;
  }

  /** Why the parallel path was given up; undefined if it was not. */
  get turnedBack(): string | undefined {
    return this.#turnedBack;
  }

  get metrics(): Readonly<Record<UploadPath, PathMetrics>> {
    return this.#tallies;
  }

  /** @param sha256 - Of the file, hex. */
  pathOf(sha256: string): UploadPath {
    if (this.#turnedBack !== undefined) return 'sequential';
    return Number.parseInt(sha256.slice(0, 8), 16) % 100 < this.#percent ? 'parallel' : 'sequential';
  }

  /** Runs the work on a file: immediately on the parallel path, one file after the other on the sequential path. */
  run<T>(path: UploadPath, work: () => Promise<T>): Promise<T> {
    return path === 'parallel' ? work() : this.#oneByOne.run(work);
  }

  /** Records the result of a file. */
  ended(path: UploadPath, { sentBytes, wallMs, requestCount, metErrors, error }: PathSample): void {
    const tally = this.#tallies[path];
    tally.fileCount += 1;
    tally.sentBytes += sentBytes;
    tally.wallMs += wallMs;
    tally.requestCount += requestCount;
    tally.timeoutCount += metErrors.get('TIMEOUT') ?? 0;
    for (const [code, count] of metErrors) tally.errors[code] = (tally.errors[code] ?? 0) + count;
    if (error !== undefined) {
      const code = isChatferryError(error) ? error.code : 'INTERNAL';
      tally.failedCount += 1;
      if (!metErrors.has(code)) tally.errors[code] = (tally.errors[code] ?? 0) + 1;
    }
    if (path === 'parallel') this.#judge();
  }

  /** Records a reading of resident memory. @param reading - Such as a `MemoryReading` of the memory gate. */
  memoryRead({ closed }: { readonly closed: boolean }): void {
    if (closed) this.#turnBack('memory is above its limit');
  }

  #judge(): void {
    const { parallel, sequential } = this.#tallies;
    const points =
      ratioOf(parallel.failedCount, parallel.fileCount) - ratioOf(sequential.failedCount, sequential.fileCount);
    if (parallel.fileCount >= MIN_FILES && points > MAX_ERROR_POINTS) {
      this.#turnBack(`its error rate is ${(points * 100).toFixed(1)} points above the sequential path's`);
      return;
    }
    const { requestCount, timeoutCount } = parallel;
    if (requestCount >= MIN_REQUESTS && timeoutCount / requestCount > MAX_TIMEOUT_RATIO) {
      this.#turnBack(`${timeoutCount} of ${requestCount} requests were not answered in time`);
      return;
    }
    // Compared only after the other path has sent enough files.
    if (sequential.fileCount < MIN_FILES) return;
    const unseen = Object.keys(parallel.errors).find((code) => !(code in sequential.errors));
    if (unseen !== undefined) this.#turnBack(`it met ${unseen}, which the sequential path has never met`);
  }

  #turnBack(reason: string): void {
    // Without a parallel path there is nothing to give up.
    if (this.#turnedBack !== undefined || this.#percent === 0) return;
    this.#turnedBack = reason;
    this.#onTurnBack(reason);
  }
}

function newTally(): Tally {
  return { fileCount: 0, failedCount: 0, requestCount: 0, timeoutCount: 0, sentBytes: 0, wallMs: 0, errors: {} };
}

function ratioOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
