/** One stretch of a {@link ConcurrencySeries}. */
export interface ConcurrencyPoint {
  /** Milliseconds from the start of the series to the start of the stretch. */
  readonly atMs: number;
  /** Jobs in flight, averaged over the stretch by time. */
  readonly meanInFlight: number;
  readonly peakInFlight: number;
  /** Jobs that were allowed, averaged over the stretch by time. */
  readonly meanLimit: number;
  /** The highest resident bytes read in the stretch; 0 when none was read. */
  readonly residentBytes: number;
}

interface Stretch {
  inFlightMs: number;
  limitMs: number;
  spanMs: number;
  peakInFlight: number;
  residentBytes: number;
}

const FIRST_WIDTH_MS = 50;
const MAX_STRETCHES = 512;

/**
 * Concurrency over time, in at most 512 stretches however long the run is: when all are in use, neighbours are merged
 * in pairs, and the stretches that follow are twice as wide.
 */
export class ConcurrencySeries {
  readonly #now: () => number;
  #startedMs: number | undefined;
  #lastMs = 0;
  #inFlight = 0;
  #limit = 0;
  #widthMs = FIRST_WIDTH_MS;
  #stretches: Stretch[] = [];

  /** @param now - A monotonic clock, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Sets the number of running jobs and of allowed jobs, from now on. */
  set(inFlight: number, limit: number): void {
    this.#advance();
    this.#inFlight = inFlight;
    this.#limit = limit;
    const stretch = this.#stretchAt(this.#lastMs);
    stretch.peakInFlight = Math.max(stretch.peakInFlight, inFlight);
  }

  memory(residentBytes: number): void {
    this.#advance();
    const stretch = this.#stretchAt(this.#lastMs);
    stretch.residentBytes = Math.max(stretch.residentBytes, residentBytes);
  }

  /** The stretches up to now, oldest first. */
  points(): readonly ConcurrencyPoint[] {
    this.#advance();
    return this.#stretches.map(({ inFlightMs, limitMs, spanMs, peakInFlight, residentBytes }, index) => ({
      atMs: index * this.#widthMs,
      meanInFlight: spanMs > 0 ? inFlightMs / spanMs : 0,
      peakInFlight,
      meanLimit: spanMs > 0 ? limitMs / spanMs : 0,
      residentBytes,
    }));
  }

  /** Distributes the time since the last change over the stretches that it covers. */
  #advance(): void {
    const nowMs = this.#now();
    this.#startedMs ??= nowMs;
    const toMs = nowMs - this.#startedMs;
    while (this.#lastMs < toMs) {
      const stretch = this.#stretchAt(this.#lastMs);
      const endMs = Math.min(toMs, (Math.floor(this.#lastMs / this.#widthMs) + 1) * this.#widthMs);
      const spanMs = endMs - this.#lastMs;
      stretch.spanMs += spanMs;
      stretch.inFlightMs += this.#inFlight * spanMs;
      stretch.limitMs += this.#limit * spanMs;
      stretch.peakInFlight = Math.max(stretch.peakInFlight, this.#inFlight);
      this.#lastMs = endMs;
    }
  }

  #stretchAt(atMs: number): Stretch {
    while (Math.floor(atMs / this.#widthMs) >= MAX_STRETCHES) this.#fold();
    const index = Math.floor(atMs / this.#widthMs);
    while (this.#stretches.length <= index) this.#stretches.push(emptyStretch());
    return this.#stretches[index] as Stretch;
  }

  #fold(): void {
    const folded: Stretch[] = [];
    for (let index = 0; index < this.#stretches.length; index += 2) {
      const first = this.#stretches[index] ?? emptyStretch();
      const second = this.#stretches[index + 1] ?? emptyStretch();
      folded.push({
        inFlightMs: first.inFlightMs + second.inFlightMs,
        limitMs: first.limitMs + second.limitMs,
        spanMs: first.spanMs + second.spanMs,
        peakInFlight: Math.max(first.peakInFlight, second.peakInFlight),
        residentBytes: Math.max(first.residentBytes, second.residentBytes),
      });
    }
    this.#stretches = folded;
    this.#widthMs *= 2;
  }
}

function emptyStretch(): Stretch {
  return { inFlightMs: 0, limitMs: 0, spanMs: 0, peakInFlight: 0, residentBytes: 0 };
}
