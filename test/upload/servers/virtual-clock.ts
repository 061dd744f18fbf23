import type { StoreClock } from '../../../src/upload/targets/until-ready.js';

/** Time that passes only when somebody waits, or a test says so. */
export class VirtualClock implements StoreClock {
  #nowMs = Date.parse('2026-03-01T12:00:00Z');

  readonly now = (): number => this.#nowMs;

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    this.#nowMs += ms;
    return Promise.resolve();
  }
}
