export interface LinePaceOptions {
  /** Undefined: no limit. */
  readonly bytesPerSecond?: number | undefined;
  /** How long a byte is under way, one way. */
  readonly delayMs: number;
  /** Nothing leaves before that. */
  readonly opensAtMs: number;
}

/**
 * When bytes arrive that are put on a line which carries so many bytes a second, one behind the other. It reads no clock and
 * sets no timer, so that what it says is exact however busy the machine is.
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

  /** Puts bytes on the line. @returns when the last of them arrives, in milliseconds of the same clock. */
  arrivalOf(byteCount: number, nowMs: number): number {
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (byteCount * 1000) / this.#bytesPerSecond;
    return this.#freeAtMs + this.#delayMs;
  }
}
