/** Integrates a value over time, for a time-weighted mean. */
export class TimeWeighted {
  readonly #now: () => number;
  #value = 0;
  #sinceMs: number | undefined;
  #startedMs: number | undefined;
  #integral = 0;

  /** @param now - A monotonic clock, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get value(): number {
    return this.#value;
  }

  /** Sets the value from now on. The first call starts the clock. */
  set(value: number): void {
    const nowMs = this.#now();
    this.#integral += this.#value * (nowMs - (this.#sinceMs ?? nowMs));
    this.#sinceMs = nowMs;
    this.#startedMs ??= nowMs;
    this.#value = value;
  }

  /** Value × milliseconds up to the last `set`. */
  get integral(): number {
    return this.#integral;
  }

  /** Milliseconds from the first to the last `set`. */
  get spanMs(): number {
    return (this.#sinceMs ?? 0) - (this.#startedMs ?? 0);
  }
}
