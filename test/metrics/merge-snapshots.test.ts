import { expect, it } from 'vitest';

import { ConcurrencyMetrics, type ConcurrencySnapshot } from '../../src/metrics/concurrency-metrics.js';
import { mergeSnapshots } from '../../src/metrics/merge-snapshots.js';

const NONE: ConcurrencySnapshot = new ConcurrencyMetrics(() => 0).snapshot();

const FIRST: ConcurrencySnapshot = {
  jobCount: 3,
  failedJobCount: 1,
  bypassedCount: 10,
  mediaCount: 4,
  failedMediaCount: 2,
  unavailableMediaCount: 5,
  leftOutMediaCount: 6,
  bytes: 1000,
  byKind: { photo: { total: 3, failed: 2, bytes: 600 }, video: { total: 1, failed: 0, bytes: 400 } },
  duplicates: { ...NONE.duplicates, content: { count: 1, savedBytes: 50 } },
  peakConcurrency: 8,
  meanConcurrency: 6,
  utilisation: 0.9,
  meanQueueWaitMs: 10,
  maxQueueWaitMs: 40,
  activeMs: 3000,
  throttleCount: 1,
  throttledMs: 70,
  fallbackCount: 1,
  peakResidentBytes: 500,
};

const SECOND: ConcurrencySnapshot = {
  jobCount: 1,
  failedJobCount: 1,
  bypassedCount: 20,
  mediaCount: 1,
  failedMediaCount: 1,
  unavailableMediaCount: 1,
  leftOutMediaCount: 1,
  bytes: 30,
  byKind: { photo: { total: 1, failed: 1, bytes: 30 } },
  duplicates: { ...NONE.duplicates, content: { count: 2, savedBytes: 5 } },
  peakConcurrency: 2,
  meanConcurrency: 2,
  utilisation: 0.5,
  meanQueueWaitMs: 90,
  maxQueueWaitMs: 90,
  activeMs: 1000,
  throttleCount: 2,
  throttledMs: 30,
  fallbackCount: 3,
  peakResidentBytes: 900,
};

it('adds counts up, takes the highest of peaks, and weighs means by the time or the jobs that they are of', () => {
  expect(mergeSnapshots([FIRST, NONE, SECOND])).toEqual({
    jobCount: 4,
    failedJobCount: 2,
    bypassedCount: 30,
    mediaCount: 5,
    failedMediaCount: 3,
    unavailableMediaCount: 6,
    leftOutMediaCount: 7,
    bytes: 1030,
    byKind: { photo: { total: 4, failed: 3, bytes: 630 }, video: { total: 1, failed: 0, bytes: 400 } },
    duplicates: { ...NONE.duplicates, content: { count: 3, savedBytes: 55 } },
    peakConcurrency: 8,
    meanConcurrency: 5,
    utilisation: 0.8,
    meanQueueWaitMs: 30,
    maxQueueWaitMs: 90,
    activeMs: 4000,
    throttleCount: 3,
    throttledMs: 100,
    fallbackCount: 4,
    peakResidentBytes: 900,
  });
});

it('of one job that waited has the wait of that job', () => {
  const { meanQueueWaitMs, meanConcurrency } = mergeSnapshots([{ ...SECOND, activeMs: 1 }, NONE]);
  expect([meanQueueWaitMs, meanConcurrency]).toEqual([90, 2]);
});

it('of no runs is a run in which nothing happened, and changes no snapshot that it reads', () => {
  expect(mergeSnapshots([])).toEqual(NONE);
  expect(mergeSnapshots([NONE, NONE])).toEqual(NONE);
  expect(NONE.duplicates.content).toEqual({ count: 0, savedBytes: 0 });
});
