/** The time over which the speed is measured: long enough to be steady, short enough to follow changes. */
const SPAN_MS = 5000;
/** Bytes that arrive within this time form one sample. */
const SAMPLE_MS = 100;

/** Bytes per second over the last five seconds. */
export class SpeedMeter {
  readonly #now: () => number;
  readonly #samples: { readonly timeMs: number; bytes: number }[] = [];
  #bytes = 0;

  /** @param now - A monotonic clock, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  add(bytes: number): void {
    const timeMs = this.#now();
    const last = this.#samples.at(-1);
    if (last !== undefined && timeMs - last.timeMs < SAMPLE_MS) last.bytes += bytes;
    else this.#samples.push({ timeMs, bytes });
    this.#bytes += bytes;
    this.#forget(timeMs);
  }

  get bytesPerSecond(): number {
    const now = this.#now();
    this.#forget(now);
    const first = this.#samples[0];
    return first === undefined ? 0 : (this.#bytes * 1000) / Math.max(100, now - first.timeMs);
  }

  #forget(now: number): void {
    while (this.#samples[0] !== undefined && now - this.#samples[0].timeMs > SPAN_MS) {
      this.#bytes -= this.#samples.shift()?.bytes ?? 0;
    }
  }
}
