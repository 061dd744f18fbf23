/** How fast the speed of the last moments takes over from the speed before, in milliseconds. */
const SPEED_MEMORY_MS = 20_000;
/** How fast the displayed time follows a new estimate, in milliseconds. */
const SHOWN_MEMORY_MS = 8000;
/** Before that, an estimate says nothing. */
const WARM_UP_MS = 3000;

/** One reading: when, how much was done, and how long it seemed to take from there. */
interface Reading {
  readonly nowMs: number;
  readonly done: number;
  readonly leftMs: number | undefined;
}

/**
 * Estimates how long something still takes, without jumps: the speed is an average that forgets slowly, and what is shown
 * counts down by the clock and drifts towards each new estimate. Purely event-driven: no timers.
 */
export class TimeLeft {
  readonly #startedMs: number;
  #last: Reading;
  /** Units a millisecond; undefined until something was done. */
  #speed: number | undefined;

  /**
   * @param done - What was there before the work began.
   * @param nowMs - On a monotonic clock.
   */
  constructor(done: number, nowMs: number) {
    this.#startedMs = nowMs;
    this.#last = { nowMs, done, leftMs: undefined };
  }

  /** @returns the time left in milliseconds; undefined while nothing can be said. */
  update(done: number, total: number, nowMs: number): number | undefined {
    const passedMs = nowMs - this.#last.nowMs;
    if (passedMs <= 0) return this.#last.leftMs;
    this.#speed = this.#averageSpeed((done - this.#last.done) / passedMs, passedMs);
    this.#last = { nowMs, done, leftMs: this.#leftMs(Math.max(0, total - done), nowMs, passedMs) };
    return this.#last.leftMs;
  }

  #averageSpeed(speed: number, passedMs: number): number | undefined {
    if (this.#speed === undefined) return speed > 0 ? speed : undefined;
    return this.#speed + (speed - this.#speed) * share(passedMs, SPEED_MEMORY_MS);
  }

  #leftMs(remaining: number, nowMs: number, passedMs: number): number | undefined {
    if (this.#speed === undefined || this.#speed <= 0 || nowMs - this.#startedMs < WARM_UP_MS) return undefined;
    const estimateMs = remaining / this.#speed;
    if (this.#last.leftMs === undefined || remaining === 0) return estimateMs;
    const countedDownMs = Math.max(0, this.#last.leftMs - passedMs);
    return countedDownMs + (estimateMs - countedDownMs) * share(passedMs, SHOWN_MEMORY_MS);
  }
}

/** How much of an exponential average the last `passedMs` make up. */
function share(passedMs: number, memoryMs: number): number {
  return 1 - Math.exp(-passedMs / memoryMs);
}
