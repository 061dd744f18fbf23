import { isChatferryError } from '../../errors/chatferry-error.js';
import { LONGEST_ORDERED_MS } from './shared-pause.js';
import { waitFor } from './timer.js';

/** The first pause is random up to this, the next up to twice as much, and so on. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

export interface RetryOptions {
  /** Maximum number of retries of a call. */
  readonly maxRetries: number;
  /** From 0 up to 1. @defaultValue `Math.random` */
  readonly random?: () => number;
  /** @defaultValue a timer */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A failed try that is followed by another. */
export interface FailedTry {
  readonly error: unknown;
  /** From 1. */
  readonly number: number;
  readonly pauseMs: number;
}

/** Retries calls that fail temporarily: exponential backoff with full jitter, or the pause that the target demands. */
export class Retry {
  readonly #maxRetries: number;
  readonly #random: () => number;
  readonly #wait: (ms: number, signal: AbortSignal) => Promise<void>;

  constructor({ maxRetries, random = Math.random, wait = waitFor }: RetryOptions) {
    this.#maxRetries = maxRetries;
    this.#random = random;
    this.#wait = wait;
  }

  /**
   * Runs `work` until it succeeds, fails permanently or has failed too often. Full jitter:
   * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/. If the target demands a pause, the
   * random one is added to it, so that not all requests return at the same moment.
   *
   * @throws the last error of `work`, also when the target demands more than ten minutes; the signal's reason when it
   *   aborts.
   */
  async run<T>(
    work: (tryNumber: number) => Promise<T>,
    signal: AbortSignal,
    onFailed: (failed: FailedTry) => void = () => undefined,
  ): Promise<T> {
    for (let number = 1; ; number += 1) {
      try {
        return await work(number);
      } catch (error) {
        signal.throwIfAborted();
        if (number > this.#maxRetries || !isChatferryError(error) || !error.retryable) throw error;
        const orderedMs = error.retryAfterMs ?? 0;
        if (orderedMs > LONGEST_ORDERED_MS) throw error;
        const drawn = this.#random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (number - 1));
        const pauseMs = orderedMs + drawn;
        onFailed({ error, number, pauseMs });
        await this.#wait(pauseMs, signal);
      }
    }
  }
}
