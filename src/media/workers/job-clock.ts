/** Measures the time that a job takes, without the time that it waits for other jobs. */
export class JobClock implements Disposable {
  readonly #limitMs: number;
  readonly #onEnd: () => void;
  #timer: NodeJS.Timeout | undefined;
  #leftMs: number;
  #startedMs = 0;

  /** Starts at once. @param onEnd - Called once, when the time is up. */
  constructor(limitMs: number, onEnd: () => void) {
    this.#limitMs = limitMs;
    this.#leftMs = limitMs;
    this.#onEnd = onEnd;
    this.resume();
  }

  /** For messages: `120 s`. */
  get limit(): string {
    return `${this.#limitMs / 1000} s`;
  }

  pause(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#leftMs -= performance.now() - this.#startedMs;
  }

  resume(): void {
    if (this.#timer !== undefined) return;
    this.#startedMs = performance.now();
    this.#timer = setTimeout(this.#onEnd, Math.max(0, this.#leftMs));
    this.#timer.unref();
  }

  /** Stops it: `onEnd` is not called any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
