import { setTimeout as sleep } from 'node:timers/promises';

/** A clock that never jumps, so waits have the right length. Injected, so that tests can use virtual time. */
export interface MonotonicClock {
  /** Milliseconds since an arbitrary moment. */
  nowMs(): number;
  /** @throws the signal's reason, when it aborts first. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

// Longer delays overflow a Node timer and fire at once
// (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args).
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The clock of this machine. */
export const systemClock: MonotonicClock = {
  nowMs: () => performance.now(),
  async wait(ms, signal) {
    signal.throwIfAborted();
    try {
      await sleep(Math.min(ms, MAX_TIMER_MS), undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
