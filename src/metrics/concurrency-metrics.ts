import type { MediaKind } from '../chat/media.js';
import { type ConcurrencyPoint, ConcurrencySeries } from './concurrency-series.js';
import { TimeWeighted } from './time-weighted.js';

/**
 * How one medium ended, for counting. `failed` and `refused` are missing: the first for something on the way (lost, late,
 * damaged), which fewer requests at once may mend; the second because the source said no, which says nothing about the
 * line. `unavailable` is not held against the run: the source does not hand it out.
 */
export type MediaEnd = 'stored' | 'failed' | 'refused' | 'unavailable' | 'skipped';

/**
 * How it was found out that bytes are in the archive already. `remote-id`: the source calls them the same;
 * `file-hashes`: the source's hashes are those of a stored file; `content`: they were fetched, and are stored once.
 */
export type DuplicateStep = 'remote-id' | 'file-hashes' | 'content';

export interface DuplicateCount {
  readonly count: number;
  /** Not fetched; for `content` not stored again. */
  readonly savedBytes: number;
}

export interface KindCount {
  readonly total: number;
  readonly failed: number;
  readonly bytes: number;
}

/** A reading of {@link ConcurrencyMetrics}. Times are in milliseconds. */
export interface ConcurrencySnapshot {
  /** Jobs that ended: one per message that carries media. */
  readonly jobCount: number;
  readonly failedJobCount: number;
  /** Messages that went past the permits because they carry no media. */
  readonly bypassedCount: number;
  readonly mediaCount: number;
  readonly failedMediaCount: number;
  /** Not among `mediaCount`: there was nothing to fetch. */
  readonly unavailableMediaCount: number;
  /** Not among `mediaCount` either: the user did not want them. */
  readonly leftOutMediaCount: number;
  readonly bytes: number;
  readonly byKind: Readonly<Partial<Record<MediaKind, KindCount>>>;
  readonly duplicates: Readonly<Record<DuplicateStep, DuplicateCount>>;
  readonly peakConcurrency: number;
  /** Jobs in flight averaged over time, from the first start to the last end. 1 is what a sequential run has at best. */
  readonly meanConcurrency: number;
  /** Jobs in flight over permits that were out or to be had, both over time: 0 … 1. A throttle takes permits away. */
  readonly utilisation: number;
  readonly meanQueueWaitMs: number;
  readonly maxQueueWaitMs: number;
  /** From the first start to the last end. */
  readonly activeMs: number;
  readonly throttleCount: number;
  readonly throttledMs: number;
  readonly fallbackCount: number;
  readonly peakResidentBytes: number;
}

/** The count of a run without duplicates. */
export const NO_DUPLICATES: ConcurrencySnapshot['duplicates'] = {
  'remote-id': { count: 0, savedBytes: 0 },
  'file-hashes': { count: 0, savedBytes: 0 },
  content: { count: 0, savedBytes: 0 },
};

interface MutableKindCount {
  total: number;
  failed: number;
  bytes: number;
}

/** Counts what a processor does. Constant memory, whatever the length of the run. */
export class ConcurrencyMetrics {
  readonly #now: () => number;
  readonly #inFlight: TimeWeighted;
  readonly #limit: TimeWeighted;
  readonly #series: ConcurrencySeries;
  readonly #byKind = new Map<MediaKind, MutableKindCount>();
  #duplicates = NO_DUPLICATES;
  #jobCount = 0;
  #failedJobCount = 0;
  #bypassedCount = 0;
  #unavailableMediaCount = 0;
  #leftOutMediaCount = 0;
  #peakConcurrency = 0;
  #queueWaitMs = 0;
  #startedCount = 0;
  #maxQueueWaitMs = 0;
  #throttleCount = 0;
  #throttledMs = 0;
  #throttledSinceMs: number | undefined;
  #fallbackCount = 0;
  #peakResidentBytes = 0;

  /** @param now - A monotonic clock, in milliseconds; `performance.now` unless a test drives its own. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#inFlight = new TimeWeighted(now);
    this.#limit = new TimeWeighted(now);
    this.#series = new ConcurrencySeries(now);
  }

  /** A job got its permit. `limit` is how many may run now. */
  started(queueWaitMs: number, limit: number): void {
    this.#startedCount += 1;
    this.#queueWaitMs += queueWaitMs;
    this.#maxQueueWaitMs = Math.max(this.#maxQueueWaitMs, queueWaitMs);
    this.#move(this.#inFlight.value + 1, limit);
    this.#peakConcurrency = Math.max(this.#peakConcurrency, this.#inFlight.value);
  }

  /** A job gave its permit back. */
  ended(failed: boolean, limit: number): void {
    this.#jobCount += 1;
    if (failed) this.#failedJobCount += 1;
    this.#move(this.#inFlight.value - 1, limit);
  }

  bypassed(): void {
    this.#bypassedCount += 1;
  }

  media(kind: MediaKind, end: MediaEnd, bytes: number): void {
    if (end === 'unavailable') this.#unavailableMediaCount += 1;
    if (end === 'skipped') this.#leftOutMediaCount += 1;
    if (end === 'skipped' || end === 'unavailable') return;
    const count = this.#byKind.get(kind) ?? { total: 0, failed: 0, bytes: 0 };
    count.total += 1;
    if (end === 'failed' || end === 'refused') count.failed += 1;
    count.bytes += bytes;
    this.#byKind.set(kind, count);
  }

  /** A medium was in the archive already. */
  duplicate(step: DuplicateStep, savedBytes: number): void {
    const before = this.#duplicates[step];
    const now = { count: before.count + 1, savedBytes: before.savedBytes + savedBytes };
    this.#duplicates = { ...this.#duplicates, [step]: now };
  }

  /** Memory took the permits away, or gave them back. */
  throttled(on: boolean, limit: number): void {
    const nowMs = this.#now();
    if (on && this.#throttledSinceMs === undefined) {
      this.#throttleCount += 1;
      this.#throttledSinceMs = nowMs;
    } else if (!on && this.#throttledSinceMs !== undefined) {
      this.#throttledMs += nowMs - this.#throttledSinceMs;
      this.#throttledSinceMs = undefined;
    }
    this.limited(limit);
  }

  /** How many jobs may run has changed, while none of them started or ended. */
  limited(limit: number): void {
    if (this.#inFlight.value > 0) this.#move(this.#inFlight.value, limit);
    else this.#series.set(0, limit); // Before the first job and after the last one no time is counted.
  }

  fellBack(): void {
    this.#fallbackCount += 1;
  }

  memory(residentBytes: number): void {
    this.#peakResidentBytes = Math.max(this.#peakResidentBytes, residentBytes);
    this.#series.memory(residentBytes);
  }

  get inFlight(): number {
    return this.#inFlight.value;
  }

  snapshot(): ConcurrencySnapshot {
    const kinds = [...this.#byKind.values()];
    const add = (pick: (count: KindCount) => number): number => kinds.reduce((sum, count) => sum + pick(count), 0);
    const ongoingMs = this.#throttledSinceMs === undefined ? 0 : this.#now() - this.#throttledSinceMs;
    return {
      jobCount: this.#jobCount,
      failedJobCount: this.#failedJobCount,
      bypassedCount: this.#bypassedCount,
      mediaCount: add(({ total }) => total),
      failedMediaCount: add(({ failed }) => failed),
      unavailableMediaCount: this.#unavailableMediaCount,
      leftOutMediaCount: this.#leftOutMediaCount,
      bytes: add(({ bytes }) => bytes),
      byKind: Object.fromEntries([...this.#byKind].map(([kind, count]) => [kind, { ...count }])),
      duplicates: this.#duplicates,
      peakConcurrency: this.#peakConcurrency,
      meanConcurrency: ratio(this.#inFlight.integral, this.#inFlight.spanMs),
      utilisation: ratio(this.#inFlight.integral, this.#limit.integral),
      meanQueueWaitMs: ratio(this.#queueWaitMs, this.#startedCount),
      maxQueueWaitMs: this.#maxQueueWaitMs,
      activeMs: this.#inFlight.spanMs,
      throttleCount: this.#throttleCount,
      throttledMs: this.#throttledMs + ongoingMs,
      fallbackCount: this.#fallbackCount,
      peakResidentBytes: this.#peakResidentBytes,
    };
  }

  /** Concurrency over time, for the report and its picture. */
  series(): readonly ConcurrencyPoint[] {
    return this.#series.points();
  }

  #move(inFlight: number, limit: number): void {
    this.#inFlight.set(inFlight);
    this.#limit.set(Math.max(limit, inFlight)); // Whoever had a permit before a throttle keeps it.
    this.#series.set(inFlight, limit);
  }
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
