export interface LinePaceOptions {
  /** Undefined: no limit. */
  readonly bytesPerSecond?: number | undefined;
  /** The one-way delay of a byte. */
  readonly delayMs: number;
  /** Nothing is sent before this time. */
  readonly opensAtMs: number;
}

/**
 * Calculates when bytes arrive on a line with a given bandwidth and delay. It reads no clock and sets no timer, so its
 * results are exact on a busy machine too.
 */
export class LinePace {
  readonly #bytesPerSecond: number;
  readonly #delayMs: number;
  #freeAtMs: number;

  constructor({ bytesPerSecond = Infinity, delayMs, opensAtMs }: LinePaceOptions) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#delayMs = delayMs;
    this.#freeAtMs = opensAtMs;
  }

  /** Sends bytes. @returns when the last of them arrives, in milliseconds of the same clock. */
  arrivalOf(byteCount: number, nowMs: number): number {
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (byteCount * 1000) / this.#bytesPerSecond;
    return this.#freeAtMs + this.#delayMs;
  }
}
