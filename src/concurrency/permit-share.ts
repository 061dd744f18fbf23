/** A group of jobs that competes with other groups for the same permits, see {@link Permits.share}. */
export interface PermitShare {
  /**
   * Jobs of this share that could run now: the permits that no other share holds, or its own cap if that is lower. At
   * least 1.
   */
  readonly limit: number;
  readonly heldCount: number;
  readonly waitingCount: number;
  /** Lowers the limit of this share alone. @throws {RangeError} when `limit` is not an integer of 1 or more. */
  cap(limit: number): void;
  /** Removes the cap of this share, if there is one. */
  uncap(): void;
  /** Waits for a permit, runs `job`, and returns the permit however the job ends. Settles as the job does. */
  run<T>(job: () => Promise<T>): Promise<T>;
}

export interface ShareParts {
  readonly onLimit: () => void;
  readonly limit: (share: Share) => number;
  /** Called when the share receives a job. */
  readonly enter: (share: Share) => void;
  /** Called when the number of permits that the share holds has changed. */
  readonly changed: (share: Share) => void;
  /** Called when jobs of the share may have become startable. */
  readonly offer: () => void;
}

/** One share of {@link Permits}, with its queue. */
export class Share implements PermitShare {
  readonly #parts: ShareParts;
  readonly #waiting = new Queue<() => Promise<void>>();
  #cap = Infinity;
  #heldCount = 0;
  #lastTurn = 0;

  constructor(parts: ShareParts) {
    this.#parts = parts;
  }

  get limit(): number {
    return Math.min(this.#cap, this.#parts.limit(this));
  }

  get heldCount(): number {
    return this.#heldCount;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Waiting jobs that the cap of this share lets start. */
  get startableCount(): number {
    return Math.max(0, Math.min(this.#waiting.size, this.#cap - this.#heldCount));
  }

  cap(limit: number): void {
    this.#cap = positiveInteger('limit', limit);
  }

  uncap(): void {
    this.#cap = Infinity;
    this.#parts.offer();
  }

  run<T>(job: () => Promise<T>): Promise<T> {
    const begin = async (): Promise<T> => job(); // Turns a synchronous throw into a rejection.
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(() => begin().then(resolve, reject));
      this.#parts.enter(this);
      this.#parts.offer();
    });
  }

  onLimit(): void {
    this.#parts.onLimit();
  }

  /** Whether this share is served before the other one. */
  precedes(other: Share): boolean {
    return this.#heldCount === other.#heldCount ? this.#lastTurn < other.#lastTurn : this.#heldCount < other.#heldCount;
  }

  /** Runs the oldest waiting job. */
  async start(turn: number): Promise<void> {
    const job = this.#waiting.take();
    if (job === undefined) return;
    this.#lastTurn = turn;
    this.#hold(1);
    await job();
    this.#hold(-1);
    this.#parts.offer();
  }

  #hold(change: 1 | -1): void {
    this.#heldCount += change;
    this.#parts.changed(this);
  }
}

/** First in, first out. Taking an item needs constant time, unlike `Array.shift`. */
class Queue<T> {
  readonly #items = new Map<number, T>();
  #addedCount = 0;
  #takenCount = 0;

  get size(): number {
    return this.#items.size;
  }

  add(item: T): void {
    this.#items.set(this.#addedCount, item);
    this.#addedCount += 1;
  }

  take(): T | undefined {
    const item = this.#items.get(this.#takenCount);
    if (this.#items.delete(this.#takenCount)) this.#takenCount += 1;
    return item;
  }
}

/** @throws {RangeError} when `value` is not an integer of 1 or more. */
export function positiveInteger(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`${name} must be an integer of 1 or more, got ${String(value)}`);
}
