import { waitFor } from './timer.js';

/** The longest pause that a run waits for. For longer ones, it is better to run the command again later. */
export const LONGEST_ORDERED_MS: number = 10 * 60_000;

export interface SharedPauseOptions {
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** @defaultValue a timer */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * A pause that the target demanded with `Retry-After` (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3). It applies to
 * all requests to the target, so that each sender does not have to find out itself. Requests in flight continue.
 */
export class SharedPause {
  readonly #now: () => number;
  readonly #wait: (ms: number, signal: AbortSignal) => Promise<void>;
  #untilMs = -Infinity;

  constructor({ now, wait = waitFor }: SharedPauseOptions) {
    this.#now = now;
    this.#wait = wait;
  }

  /**
   * Starts no request for this time. A pause longer than {@link LONGEST_ORDERED_MS} fails the file that received it,
   * and does not delay others.
   */
  order(ms: number): void {
    if (ms <= LONGEST_ORDERED_MS) this.#untilMs = Math.max(this.#untilMs, this.#now() + ms);
  }

  /** Waits until the pause is over, even if it is extended meanwhile. @throws the signal's reason when it aborts. */
  async over(signal: AbortSignal): Promise<void> {
    for (let leftMs = this.#untilMs - this.#now(); leftMs > 0; leftMs = this.#untilMs - this.#now()) {
      await this.#wait(leftMs, signal);
    }
  }
}
