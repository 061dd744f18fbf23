import type { MediaKind } from '../chat/media.js';
import { type ConcurrencySnapshot, type DuplicateStep, type KindCount, NO_DUPLICATES } from './concurrency-metrics.js';

type NumericKey = {
  [K in keyof ConcurrencySnapshot]: ConcurrencySnapshot[K] extends number ? K : never;
}[keyof ConcurrencySnapshot];

/** Merges the snapshots of consecutive runs: counts are added, peaks are the highest, means are weighted by time. */
export function mergeSnapshots(snapshots: readonly ConcurrencySnapshot[]): ConcurrencySnapshot {
  const sum = (key: NumericKey): number => snapshots.reduce((total, snapshot) => total + snapshot[key], 0);
  const highest = (key: NumericKey): number => Math.max(0, ...snapshots.map((snapshot) => snapshot[key]));
  const weighted = (key: NumericKey, weight: NumericKey): number => {
    const whole = sum(weight);
    const part = snapshots.reduce((total, snapshot) => total + snapshot[key] * snapshot[weight], 0);
    return whole > 0 ? part / whole : 0;
  };
  return {
    jobCount: sum('jobCount'),
    failedJobCount: sum('failedJobCount'),
    bypassedCount: sum('bypassedCount'),
    mediaCount: sum('mediaCount'),
    failedMediaCount: sum('failedMediaCount'),
    unavailableMediaCount: sum('unavailableMediaCount'),
    leftOutMediaCount: sum('leftOutMediaCount'),
    bytes: sum('bytes'),
    byKind: mergeKinds(snapshots),
    duplicates: mergeDuplicates(snapshots),
    peakConcurrency: highest('peakConcurrency'),
    meanConcurrency: weighted('meanConcurrency', 'activeMs'),
    utilisation: weighted('utilisation', 'activeMs'),
    meanQueueWaitMs: weighted('meanQueueWaitMs', 'jobCount'),
    maxQueueWaitMs: highest('maxQueueWaitMs'),
    activeMs: sum('activeMs'),
    throttleCount: sum('throttleCount'),
    throttledMs: sum('throttledMs'),
    fallbackCount: sum('fallbackCount'),
    peakResidentBytes: highest('peakResidentBytes'),
  };
}

function mergeKinds(snapshots: readonly ConcurrencySnapshot[]): ConcurrencySnapshot['byKind'] {
  const merged: Partial<Record<MediaKind, KindCount>> = {};
  for (const { byKind } of snapshots) {
    for (const [kind, count] of Object.entries(byKind) as [MediaKind, KindCount][]) {
      const before = merged[kind] ?? { total: 0, failed: 0, bytes: 0 };
      merged[kind] = {
        total: before.total + count.total,
        failed: before.failed + count.failed,
        bytes: before.bytes + count.bytes,
      };
    }
  }
  return merged;
}

function mergeDuplicates(snapshots: readonly ConcurrencySnapshot[]): ConcurrencySnapshot['duplicates'] {
  const merged = { ...NO_DUPLICATES };
  for (const { duplicates } of snapshots) {
    for (const step of Object.keys(duplicates) as DuplicateStep[]) {
      const [before, more] = [merged[step], duplicates[step]];
      merged[step] = { count: before.count + more.count, savedBytes: before.savedBytes + more.savedBytes };
    }
  }
  return merged;
}
