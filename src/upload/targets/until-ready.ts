import { ChatferryError } from '../../errors/chatferry-error.js';
import { waitFor } from '../pace/timer.js';

/** The clock for deadlines and expiries of stores. Virtual in tests. */
export interface StoreClock {
  /** UTC milliseconds. */
  now(): number;
  /** @throws the signal's reason when it aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const SYSTEM_CLOCK: StoreClock = {
  now: Date.now,
  wait: waitFor,
};

export interface ReadyOptions {
  readonly clock: StoreClock;
  readonly deadlineMs: number;
  /** What did not happen, worded to precede "after": `gemini did not process a.mp4`. */
  readonly what: string;
}

/** The first pause between two checks; each is 1.5 times as long as the previous one. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Polls a store until it is ready.
 *
 * @param look - Returns undefined while it is not ready. An error ends the wait.
 * @throws {ChatferryError} `TIMEOUT` after the deadline; the signal's reason.
 */
export async function untilReady<T>(
  look: () => Promise<T | undefined>,
  { clock, deadlineMs, what }: ReadyOptions,
  signal: AbortSignal,
): Promise<T> {
  const endMs = clock.now() + deadlineMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, Math.ceil(pauseMs * 1.5))) {
    const found = await look();
    if (found !== undefined) return found;
    const leftMs = endMs - clock.now();
    if (leftMs <= 0) {
      const message = `${what} after ${Math.round(deadlineMs / 1000)} s. Run the same command again later: it looks again.`;
      throw new ChatferryError('TIMEOUT', message);
    }
    await clock.wait(Math.min(pauseMs, leftMs), signal);
  }
}
