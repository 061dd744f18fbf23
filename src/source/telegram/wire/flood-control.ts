import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { MonotonicClock } from './monotonic-clock.js';

/** A flood wait that Telegram demands, to be shown to people. */
export interface FloodWait {
  /** The TL name of the method that has to pause: `messages.getHistory`. */
  readonly method: string;
  readonly waitMs: number;
}

export interface FloodControlOptions {
  readonly clock: MonotonicClock;
  /** Longest accepted flood wait. A longer one is an error. */
  readonly maxFloodWaitMs: number;
  /** Called once for each pause that is demanded. */
  readonly onFloodWait?: (wait: FloodWait) => void;
}

/**
 * Enforces the flood waits that Telegram demands of one account. A method is not called before its deadline; other
 * methods are not affected.
 */
export class FloodControl {
  readonly #clock: MonotonicClock;
  readonly #maxFloodWaitMs: number;
  readonly #onFloodWait: ((wait: FloodWait) => void) | undefined;
  /** When a method may be called again, by the clock. */
  readonly #deadlines = new Map<string, number>();

  /** @throws {ChatferryError} `USAGE` if `maxFloodWaitMs` is not a number of 0 or more. */
  constructor({ clock, maxFloodWaitMs, onFloodWait }: FloodControlOptions) {
    if (!(maxFloodWaitMs >= 0)) {
      throw new ChatferryError('USAGE', `maxFloodWaitMs must be 0 or more, got ${maxFloodWaitMs}.`);
    }
    this.#clock = clock;
    this.#maxFloodWaitMs = maxFloodWaitMs;
    this.#onFloodWait = onFloodWait;
  }

  /**
   * Resolves when `method` may be called.
   *
   * @throws {ChatferryError} `FLOOD_WAIT` at once, when the deadline is further away than `maxFloodWaitMs`.
   * @throws the signal's reason, when it aborts first.
   */
  async admit(method: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    // Repeated, because the deadline may move meanwhile, and a timer may fire slightly early.
    for (;;) {
      const waitMs = (this.#deadlines.get(method) ?? -Infinity) - this.#clock.nowMs();
      if (waitMs <= 0) return;
      if (waitMs > this.#maxFloodWaitMs) throw floodWaitTooLong(method, waitMs);
      await this.#clock.wait(waitMs, signal);
    }
  }

  /** Whether `method` may be called now. */
  admits(method: string): boolean {
    return (this.#deadlines.get(method) ?? -Infinity) <= this.#clock.nowMs();
  }

  /** Records a flood wait that starts now. A later deadline is kept. */
  order(method: string, waitMs: number): void {
    const deadline = this.#clock.nowMs() + waitMs;
    if (deadline > (this.#deadlines.get(method) ?? -Infinity)) this.#deadlines.set(method, deadline);
    this.#onFloodWait?.({ method, waitMs });
  }
}

/** The error for a flood wait longer than the limit. */
export function floodWaitTooLong(method: string, waitMs: number): ChatferryError {
  const seconds = Math.ceil(waitMs / 1000);
  return new ChatferryError(
    'FLOOD_WAIT',
    `Telegram orders a pause of ${seconds} ${seconds === 1 ? 'second' : 'seconds'} for ${method}. ` +
      'Run the same command again after that, or raise MAX_FLOOD_WAIT_SECONDS.',
    { retryAfterMs: waitMs },
  );
}

// https://core.telegram.org/api/errors: 420 FLOOD, and the pause before a takeout session.
const WAIT = /^(?:FLOOD_(?:PREMIUM_|TEST_PHONE_)?WAIT|TAKEOUT_INIT_DELAY|SLOWMODE_WAIT)_(\d+)$/;

/** The pause that an RPC error demands, in milliseconds. Undefined if it demands none. */
export function orderedWaitMs(rpcErrorText: string): number | undefined {
  const seconds = WAIT.exec(rpcErrorText)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
