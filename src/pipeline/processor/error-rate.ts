/** How many of the latest jobs are considered. */
const SPAN = 50;
/** Share of failures in the span above which a run becomes sequential. */
const THRESHOLD_RATIO = 0.05;

/**
 * Remembers how the last 50 jobs ended. Only failures that may be caused by the connection count. `tripped` becomes
 * true when more than 5 % of the span have failed (3 of 50, even if fewer jobs have run: waiting for the 50th would
 * only add failures). It becomes false after 50 successes in a row.
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

  /** Failures divided by the jobs remembered: 0 … 1. */
  get ratio(): number {
    return this.#failures.length === 0 ? 0 : this.#failures.filter(Boolean).length / this.#failures.length;
  }

  reset(): void {
    this.#failures.length = 0;
    this.#tripped = false;
  }
}
