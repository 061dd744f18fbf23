import type { MonotonicClock } from '../../../../src/source/telegram/wire/monotonic-clock.js';

/** A clock on which a wait takes no time but moves the hand. */
export class VirtualClock implements MonotonicClock {
  readonly waits: number[] = [];
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.waits.push(ms);
    const deadline = this.#nowMs + ms;
    await new Promise(setImmediate); // Others may call meanwhile.
    signal.throwIfAborted();
    this.#nowMs = Math.max(this.#nowMs, deadline);
  }
}
