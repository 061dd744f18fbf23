import pLimit, { type LimitFunction } from 'p-limit';

/**
 * The right to run one job, a bounded number of times: p-limit behind a limit that several judges may lower.
 *
 * Jobs start first come, first served. Every cap is at least 1 and the queue is a queue, so a throttled run goes on one
 * job at a time with the oldest that waits: it can be slowed down, never stalled.
 *
 * @example
 * const permits = new Permits(8);
 * const bytes = await permits.run(() => download(file));
 * permits.cap('memory', 1); // the running jobs finish, then one at a time
 * permits.uncap('memory');
 */
export class Permits {
  readonly #limit: LimitFunction;
  readonly #caps = new Map<string, number>();
  #ceiling: number;

  /** @throws {RangeError} when `limit` is not an integer of 1 or more. */
  constructor(limit: number) {
    this.#ceiling = positiveInteger('limit', limit);
    this.#limit = pLimit(limit);
  }

  /** How many jobs may run now: the ceiling or the lowest cap. */
  get limit(): number {
    return this.#limit.concurrency;
  }

  /** How many jobs may run when nobody caps them. */
  get ceiling(): number {
    return this.#ceiling;
  }

  /** Permits that are out. May exceed `limit` for a while after a cap: nobody is interrupted. */
  get heldCount(): number {
    return this.#limit.activeCount;
  }

  get waitingCount(): number {
    return this.#limit.pendingCount;
  }

  /** Moves the ceiling. @throws {RangeError} when `limit` is not an integer of 1 or more. */
  resize(limit: number): void {
    this.#ceiling = positiveInteger('limit', limit);
    this.#apply();
  }

  /**
   * Lowers the limit for as long as `reason` holds. The lowest of all caps counts.
   *
   * @throws {RangeError} when `limit` is not an integer of 1 or more.
   */
  cap(reason: string, limit: number): void {
    this.#caps.set(reason, positiveInteger('limit', limit));
    this.#apply();
  }

  /** Takes the cap of `reason` away, if there is one. */
  uncap(reason: string): void {
    this.#caps.delete(reason);
    this.#apply();
  }

  /** Waits for a permit, runs `job`, and gives the permit back however the job ends. Settles as the job does. */
  run<T>(job: () => Promise<T>): Promise<T> {
    return this.#limit(job);
  }

  #apply(): void {
    this.#limit.concurrency = Math.min(this.#ceiling, ...this.#caps.values());
  }
}

function positiveInteger(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`${name} must be an integer of 1 or more, got ${String(value)}`);
}
