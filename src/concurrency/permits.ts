import pLimit, { type LimitFunction } from 'p-limit';

import { type PermitShare, positiveInteger, Share } from './permit-share.js';

/**
 * Bounds how many jobs run at once: p-limit, with a limit that can be lowered for several reasons at a time.
 *
 * Jobs of one share start first come, first served. Between shares, a permit goes to the share that holds the fewest;
 * between equals, to the one that was served least recently. So every share with waiting jobs gets an equal part of the
 * permits, and permits that a share does not use go to the others. If the limit is 1, the shares take turns.
 *
 * Every cap is at least 1, so a throttled run is slow but never stalls. Running jobs are never interrupted: a new share
 * gets the permits that are returned next.
 *
 * @example
 * const permits = new Permits(8);
 * const one = permits.share();
 * const bytes = await one.run(() => download(file));
 * permits.cap('memory', 1); // the running jobs finish, then one at a time
 * permits.uncap('memory');
 */
export class Permits {
  readonly #slots: LimitFunction;
  readonly #caps = new Map<string, number>();
  readonly #shares = new Set<Share>();
  readonly #ownShare: PermitShare;
  #ceiling: number;
  #turnCount = 0;

  /** @throws {RangeError} when `limit` is not an integer of 1 or more. */
  constructor(limit: number) {
    this.#ceiling = positiveInteger('limit', limit);
    this.#slots = pLimit(limit);
    this.#ownShare = this.share();
  }

  /** How many jobs may run now: the ceiling or the lowest cap, whichever is lower. */
  get limit(): number {
    return this.#slots.concurrency;
  }

  /** How many jobs may run without caps. */
  get ceiling(): number {
    return this.#ceiling;
  }

  /** Permits in use. Can exceed `limit` for a while after a cap, because running jobs are not interrupted. */
  get heldCount(): number {
    return sum(this.#shares, ({ heldCount }) => heldCount);
  }

  get waitingCount(): number {
    return sum(this.#shares, ({ waitingCount }) => waitingCount);
  }

  /** Sets the ceiling. @throws {RangeError} when `limit` is not an integer of 1 or more. */
  resize(limit: number): void {
    this.#ceiling = positiveInteger('limit', limit);
    this.#apply();
  }

  /**
   * Lowers the limit of all shares together until {@link Permits.uncap}. The lowest cap applies.
   *
   * @throws {RangeError} when `limit` is not an integer of 1 or more.
   */
  cap(reason: string, limit: number): void {
    this.#caps.set(reason, positiveInteger('limit', limit));
    this.#apply();
  }

  /** Removes the cap of `reason`, if there is one. */
  uncap(reason: string): void {
    this.#caps.delete(reason);
    this.#apply();
  }

  /**
   * Opens a share. One without jobs takes nothing from the others and holds no resources.
   *
   * @param onLimit - Called when {@link PermitShare.limit} may have changed through anything but this share's own jobs.
   */
  share(onLimit: () => void = () => undefined): PermitShare {
    return new Share({
      onLimit,
      limit: (share) => Math.max(1, this.limit - (this.heldCount - share.heldCount)),
      enter: (share) => {
        this.#shares.add(share);
      },
      changed: (share) => {
        if (share.heldCount === 0 && share.waitingCount === 0) this.#shares.delete(share);
        for (const other of this.#shares) if (other !== share) other.onLimit();
      },
      offer: () => {
        this.#offer();
      },
    });
  }

  /** Runs a job in a share of its own, together with all other jobs that were given to `run`. */
  run<T>(job: () => Promise<T>): Promise<T> {
    return this.#ownShare.run(job);
  }

  #apply(): void {
    this.#slots.concurrency = Math.min(this.#ceiling, ...this.#caps.values());
    for (const share of this.#shares) share.onLimit();
  }

  /** Queues one slot for each job that could start. Which job a slot runs is decided when its turn comes. */
  #offer(): void {
    const startableCount = sum(this.#shares, (share) => share.startableCount);
    while (this.#slots.pendingCount < startableCount) {
      void this.#slots(async () => {
        await this.#nextShare()?.start((this.#turnCount += 1));
      });
    }
  }

  #nextShare(): Share | undefined {
    let next: Share | undefined;
    for (const share of this.#shares) {
      if (share.startableCount > 0 && (next === undefined || share.precedes(next))) next = share;
    }
    return next;
  }
}

function sum<T>(items: Iterable<T>, pick: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += pick(item);
  return total;
}
