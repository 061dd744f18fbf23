/** Jobs that are looked back on. */
const SPAN = 50;
/** Share of failures in the span above which running in parallel is called off. */
const THRESHOLD_RATIO = 0.05;

/**
 * Remembers how the last 50 jobs ended. Only what may be the line's fault is a failure here. `tripped` once more than 5 % of the span failed (3 of 50, also when fewer
 * have run yet: waiting for the 50th would only add failures), until a whole span went well.
 */
export class ErrorRate {
  readonly #failures: boolean[] = [];
  #tripped = false;

  /** @returns Whether this job tripped it or made it recover. */
  record(failed: boolean): boolean {
    this.#failures.push(failed);
    if (this.#failures.length > SPAN) this.#failures.shift();

    const wasTripped = this.#tripped;
    const failureCount = this.#failures.filter(Boolean).length;
    if (failureCount > SPAN * THRESHOLD_RATIO) this.#tripped = true;
    else if (failureCount === 0 && this.#failures.length === SPAN) this.#tripped = false;
    return this.#tripped !== wasTripped;
  }

  get tripped(): boolean {
    return this.#tripped;
  }

  /** Failures over the jobs remembered: 0 … 1. */
  get ratio(): number {
    return this.#failures.length === 0 ? 0 : this.#failures.filter(Boolean).length / this.#failures.length;
  }

  reset(): void {
    this.#failures.length = 0;
    this.#tripped = false;
  }
}
