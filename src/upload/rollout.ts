import { isChatferryError, type ErrorCode } from '../errors/chatferry-error.js';

export type UploadPath = 'parallel' | 'sequential';

/** How the files of one path fared. */
export interface PathMetrics {
  readonly fileCount: number;
  readonly failedCount: number;
  readonly timeoutCount: number;
  readonly sentBytes: number;
  readonly wallMs: number;
  /** How often each error was met, by code. */
  readonly errors: Readonly<Partial<Record<ErrorCode, number>>>;
}

export interface RolloutOptions {
  /** How many of 100 files take the parallel path. */
  readonly percent: number;
  /** Called once, when the parallel path is given up. */
  readonly onTurnBack: (reason: string) => void;
}

/** Fewer files say nothing about a rate. */
const LEAST_FILES = 20;
/** Above the sequential path's error rate, in points. */
const MOST_ERROR_POINTS = 0.05;
const MOST_TIMEOUT_RATIO = 0.01;

interface Tally {
  fileCount: number;
  failedCount: number;
  timeoutCount: number;
  sentBytes: number;
  wallMs: number;
  readonly errors: Partial<Record<ErrorCode, number>>;
}

/** What became of one file. */
export interface PathSample {
  readonly sentBytes: number;
  readonly wallMs: number;
  /** Undefined when it went well. */
  readonly error?: unknown;
}

/**
 * Decides which files take the parallel path, watches how both paths fare, and turns back to the sequential one by itself
 * when the parallel one does worse. A file stays on its path: its content decides.
 */
export class Rollout {
  readonly #percent: number;
  readonly #onTurnBack: (reason: string) => void;
  readonly #tallies: Readonly<Record<UploadPath, Tally>> = { parallel: newTally(), sequential: newTally() };
  #turnedBack: string | undefined;

  constructor({ percent, onTurnBack }: RolloutOptions) {
    this.#percent = percent;
    this.#onTurnBack = onTurnBack;
  }

  /** Why the parallel path was given up; undefined while it was not. */
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

  /** A file ended. */
  ended(path: UploadPath, { sentBytes, wallMs, error }: PathSample): void {
    const tally = this.#tallies[path];
    tally.fileCount += 1;
    tally.sentBytes += sentBytes;
    tally.wallMs += wallMs;
    if (error !== undefined) {
      const code = isChatferryError(error) ? error.code : 'INTERNAL';
      tally.failedCount += 1;
      if (code === 'TIMEOUT') tally.timeoutCount += 1;
      tally.errors[code] = (tally.errors[code] ?? 0) + 1;
    }
    if (path === 'parallel') this.#judge();
  }

  /** Memory is above its limit. */
  memoryHigh(): void {
    this.#turnBack('memory is above its limit');
  }

  #judge(): void {
    const { parallel, sequential } = this.#tallies;
    if (parallel.fileCount < LEAST_FILES) return;
    const points = parallel.failedCount / parallel.fileCount - ratioOf(sequential.failedCount, sequential.fileCount);
    if (points > MOST_ERROR_POINTS) {
      this.#turnBack(`its error rate is ${(points * 100).toFixed(1)} points above the sequential path's`);
    } else if (parallel.timeoutCount / parallel.fileCount > MOST_TIMEOUT_RATIO) {
      this.#turnBack(`${parallel.timeoutCount} of ${parallel.fileCount} files ran into a timeout`);
    } else if (sequential.fileCount >= LEAST_FILES) {
      const unseen = Object.keys(parallel.errors).find((code) => !(code in sequential.errors));
      if (unseen !== undefined) this.#turnBack(`it met ${unseen}, which the sequential path has never met`);
    }
  }

  #turnBack(reason: string): void {
    if (this.#turnedBack !== undefined) return;
    this.#turnedBack = reason;
    this.#onTurnBack(reason);
  }
}

function newTally(): Tally {
  return { fileCount: 0, failedCount: 0, timeoutCount: 0, sentBytes: 0, wallMs: 0, errors: {} };
}

function ratioOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
