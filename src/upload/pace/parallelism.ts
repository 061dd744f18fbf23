import { Permits } from '../../concurrency/permits.js';
import { isChatferryError } from '../../errors/chatferry-error.js';
import { WaitsForOthers } from './waits-for-others.js';

/** Failures within this time, as when a server restarts, count once. */
const MIN_MS_BETWEEN_CUTS = 1000;
/** After this many good parts per permit, the limit grows by one. */
const ROUNDS_BEFORE_GROWTH = 2;

export interface ParallelismOptions {
  /** Maximum number of requests at once. */
  readonly most: number;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/**
 * One limit for all requests of all files to one target. It starts with all permits, because most connections can use them.
 * It is halved when requests fail because of the target or the connection, and grows by one after two good rounds, as long as
 * throughput does not fall (additive increase, multiplicative decrease, https://www.rfc-editor.org/rfc/rfc5681).
 */
export class Parallelism {
  readonly #permits: Permits;
  /** Maximum number of requests at once. */
  readonly most: number;
  readonly #now: () => number;
  #lastCutMs = -Infinity;
  #goodCount = 0;
  #roundBytes = 0;
  #roundStartMs: number;
  #lastRate = 0;

  constructor({ most, now }: ParallelismOptions) {
    this.most = most;
    this.#now = now;
    this.#permits = new Permits(most);
    this.#roundStartMs = now();
  }

  /** Requests that may run now. */
  get limit(): number {
    return this.#permits.limit;
  }

  get runningCount(): number {
    return this.#permits.heldCount;
  }

  /**
   * Runs a request when there is a permit, and adapts the limit to its result.
   *
   * @param bytes - The bytes that it sends.
   */
  run<T>(bytes: number, request: () => Promise<T>): Promise<T> {
    return this.#permits.run(async () => {
      try {
        const answer = await request();
        this.#succeeded(bytes);
        return answer;
      } catch (error) {
        if (isChatferryError(error) && error.retryable && !(error instanceof WaitsForOthers)) this.#failed();
        throw error;
      }
    });
  }

  /** Limits to one request at a time until {@link Parallelism.release}. */
  restrain(reason: string): void {
    this.#permits.cap(reason, 1);
  }

  release(reason: string): void {
    this.#permits.uncap(reason);
  }

  #succeeded(bytes: number): void {
    if (bytes === 0) return;
    this.#goodCount += 1;
    this.#roundBytes += bytes;
    const ceiling = this.#permits.ceiling;
    if (this.#goodCount < ceiling * ROUNDS_BEFORE_GROWTH) return;
    const rate = this.#roundBytes / Math.max(1, this.#now() - this.#roundStartMs);
    if (ceiling < this.most && rate >= this.#lastRate) this.#permits.resize(ceiling + 1);
    this.#lastRate = rate;
    this.#beginRound();
  }

  #failed(): void {
    const now = this.#now();
    if (now - this.#lastCutMs < MIN_MS_BETWEEN_CUTS) return;
    this.#lastCutMs = now;
    this.#lastRate = 0;
    this.#permits.resize(Math.max(1, Math.floor(this.#permits.ceiling / 2)));
    this.#beginRound();
  }

  #beginRound(): void {
    this.#goodCount = 0;
    this.#roundBytes = 0;
    this.#roundStartMs = this.#now();
  }
}
