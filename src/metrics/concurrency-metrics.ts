import type { MediaKind } from '../chat/media.js';
import { type ConcurrencyPoint, ConcurrencySeries } from './concurrency-series.js';
import { TimeWeighted } from './time-weighted.js';

/**
 * How one media item ended, for counting. `failed` and `refused` items are missing. `failed`: lost, late or damaged in
 * transit, so fewer requests at once may help. `refused`: the source refused explicitly, which says nothing about the
 * connection. `unavailable` does not count as missing: the source does not offer the bytes.
 */
export type MediaEnd = 'stored' | 'failed' | 'refused' | 'unavailable' | 'skipped';

/**
 * How a duplicate was recognised. `remote-id`: the source gives both files the same id; `file-hashes`: the hashes that
 * the source announces match a stored file; `content`: the bytes were fetched, found equal, and stored once.
 */
export type DuplicateStep = 'remote-id' | 'file-hashes' | 'content';

export interface DuplicateCount {
  readonly count: number;
  /** Bytes that were not fetched; for `content`, bytes that were not stored again. */
  readonly savedBytes: number;
}

export interface KindCount {
  readonly total: number;
  readonly failed: number;
  readonly bytes: number;
}

/** A snapshot of {@link ConcurrencyMetrics}. Times are in milliseconds. */
export interface ConcurrencySnapshot {
  /** Jobs that ended: one per message that carries media. */
  readonly jobCount: number;
  readonly failedJobCount: number;
  /** Messages that took no permit because they carry no media. */
  readonly bypassedCount: number;
  readonly mediaCount: number;
  readonly failedMediaCount: number;
  /** Not among `mediaCount`: there was nothing to fetch. */
  readonly unavailableMediaCount: number;
  /** Not among `mediaCount` either: the user's selection excludes them. */
  readonly leftOutMediaCount: number;
  readonly bytes: number;
  readonly byKind: Readonly<Partial<Record<MediaKind, KindCount>>>;
  readonly duplicates: Readonly<Record<DuplicateStep, DuplicateCount>>;
  readonly peakConcurrency: number;
  /** Jobs in flight averaged over time, from the first start to the last end. At most 1 in a sequential run. */
  readonly meanConcurrency: number;
  /**
   * Jobs in flight divided by permits (held or free), both integrated over time: 0 … 1. A throttle takes permits away.
   */
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

  /** A job returned its permit. */
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

  /** A media item was in the archive already. */
  duplicate(step: DuplicateStep, savedBytes: number): void {
    const before = this.#duplicates[step];
    const now = { count: before.count + 1, savedBytes: before.savedBytes + savedBytes };
    this.#duplicates = { ...this.#duplicates, [step]: now };
  }

  /** A throttle began (`on`) or ended. */
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

  /** The limit has changed while no job started or ended. */
  limited(limit: number): void {
    if (this.#inFlight.value > 0) this.#move(this.#inFlight.value, limit);
    else this.#series.set(0, limit); // Time before the first job and after the last one does not count.
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

  /** Concurrency over time, for the report and its chart. */
  series(): readonly ConcurrencyPoint[] {
    return this.#series.points();
  }

  #move(inFlight: number, limit: number): void {
    this.#inFlight.set(inFlight);
    this.#limit.set(Math.max(limit, inFlight)); // A throttle does not revoke held permits.
    this.#series.set(inFlight, limit);
  }
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
