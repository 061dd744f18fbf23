import { describe, expect, it } from 'vitest';

import { ConcurrencyMetrics, NO_DUPLICATES } from '../../src/metrics/concurrency-metrics.js';

/** Metrics on a clock that the test turns. */
function metricsAt(): { metrics: ConcurrencyMetrics; at: (ms: number) => ConcurrencyMetrics } {
  let nowMs = 0;
  const metrics = new ConcurrencyMetrics(() => nowMs);
  return {
    metrics,
    at: (ms) => {
      nowMs = ms;
      return metrics;
    },
  };
}

describe('ConcurrencyMetrics', () => {
  it('weighs concurrency and utilisation by the time they held', () => {
    const { at } = metricsAt();
    at(0).started(0, 4);
    at(0).started(30, 4);
    at(75).ended(false, 4);
    at(100).ended(true, 4);
    expect(at(500).snapshot()).toMatchObject({
      jobCount: 2,
      failedJobCount: 1,
      peakConcurrency: 2,
      meanConcurrency: 1.75,
      utilisation: 1.75 / 4,
      activeMs: 100,
      meanQueueWaitMs: 15,
      maxQueueWaitMs: 30,
    });
  });

  it('never says that more than all permits were used, when jobs run on that had theirs before a throttle', () => {
    const { at } = metricsAt();
    for (let job = 0; job < 8; job += 1) at(0).started(0, 8);
    at(0).throttled(true, 1);
    for (let job = 0; job < 8; job += 1) at(1000).ended(false, 1);
    expect(at(1000).snapshot()).toMatchObject({ meanConcurrency: 8, utilisation: 1 });
  });

  it('counts a throttle once, times it, and does not take idle time for work', () => {
    const { at } = metricsAt();
    at(0).started(0, 4);
    at(10).ended(false, 4);
    at(50).throttled(true, 1);
    at(60).throttled(true, 1);
    expect(at(80).snapshot()).toMatchObject({ throttleCount: 1, throttledMs: 30 });
    at(100).throttled(false, 4);
    expect(at(900).snapshot()).toMatchObject({ throttleCount: 1, throttledMs: 50, activeMs: 10, meanConcurrency: 1 });
  });

  it('is all zero while nothing has happened', () => {
    const { metrics } = metricsAt();
    expect(metrics.inFlight).toBe(0);
    expect(metrics.series()).toMatchObject([]);
    expect(metrics.snapshot()).toEqual({
      jobCount: 0,
      failedJobCount: 0,
      bypassedCount: 0,
      mediaCount: 0,
      failedMediaCount: 0,
      unavailableMediaCount: 0,
      leftOutMediaCount: 0,
      bytes: 0,
      byKind: {},
      duplicates: NO_DUPLICATES,
      peakConcurrency: 0,
      meanConcurrency: 0,
      utilisation: 0,
      meanQueueWaitMs: 0,
      maxQueueWaitMs: 0,
      activeMs: 0,
      throttleCount: 0,
      throttledMs: 0,
      fallbackCount: 0,
      peakResidentBytes: 0,
    });
  });

  it('counts media by kind and by how they ended; those that nobody could or would fetch are not among them', () => {
    const { metrics } = metricsAt();
    metrics.media('photo', 'stored', 100);
    metrics.media('photo', 'failed', 0);
    metrics.media('photo', 'refused', 0);
    metrics.media('video', 'stored', 20);
    metrics.media('video', 'stored', 3);
    metrics.media('voice', 'unavailable', 7);
    metrics.media('voice', 'skipped', 7);
    metrics.media('voice', 'skipped', 7);
    const snapshot = metrics.snapshot();
    expect(snapshot).toMatchObject({
      mediaCount: 5,
      failedMediaCount: 2,
      unavailableMediaCount: 1,
      leftOutMediaCount: 2,
      bytes: 123,
    });
    expect(snapshot.byKind).toEqual({
      photo: { total: 3, failed: 2, bytes: 100 },
      video: { total: 2, failed: 0, bytes: 23 },
    });
    metrics.media('photo', 'stored', 1);
    expect(snapshot.byKind.photo?.total).toBe(3);
  });

  it('counts what passed the permits, what was there already, fallbacks and the highest memory', () => {
    const { metrics } = metricsAt();
    for (let count = 0; count < 3; count += 1) metrics.bypassed();
    metrics.duplicate('content', 10);
    metrics.duplicate('content', 5);
    metrics.duplicate('remote-id', 1);
    metrics.fellBack();
    metrics.fellBack();
    for (const bytes of [5, 30, 20]) metrics.memory(bytes);
    expect(metrics.snapshot()).toMatchObject({
      bypassedCount: 3,
      duplicates: {
        'remote-id': { count: 1, savedBytes: 1 },
        'file-hashes': { count: 0, savedBytes: 0 },
        content: { count: 2, savedBytes: 15 },
      },
      fallbackCount: 2,
      peakResidentBytes: 30,
    });
    expect(metrics.series()).toMatchObject([{ residentBytes: 30 }]);
    expect(NO_DUPLICATES.content).toEqual({ count: 0, savedBytes: 0 });
  });

  it('weighs a limit that changes while a job runs, and only shows in the series one that changes while none does', () => {
    const { metrics, at } = metricsAt();
    at(0).limited(2);
    at(1000).started(0, 4);
    expect(metrics.inFlight).toBe(1);
    at(1050).limited(1);
    at(1100).limited(3);
    at(1150).ended(false, 3);
    at(1200).limited(8);
    expect(metrics.inFlight).toBe(0);
    expect(at(1250).snapshot()).toMatchObject({ utilisation: 150 / (4 * 50 + 50 + 3 * 50), activeMs: 150 });
    const points = metrics.series();
    expect(points.map(({ meanLimit }) => meanLimit).slice(-6)).toEqual([2, 4, 1, 3, 3, 8]);
    expect(points.map(({ meanInFlight }) => meanInFlight).slice(-6)).toEqual([0, 1, 1, 1, 0, 0]);
  });

  it('adds up throttles, and takes an end without a beginning for nothing', () => {
    const { at } = metricsAt();
    at(10).throttled(false, 4);
    expect(at(20).snapshot()).toMatchObject({ throttleCount: 0, throttledMs: 0 });
    at(100).throttled(true, 1);
    at(110).throttled(false, 4);
    at(200).throttled(true, 1);
    at(230).throttled(false, 4);
    at(300).throttled(false, 4);
    expect(at(400).snapshot()).toMatchObject({ throttleCount: 2, throttledMs: 40 });
  });

  it('has the highest concurrency and the longest wait of all jobs, not of the last', () => {
    const { at } = metricsAt();
    at(0).started(50, 4);
    at(0).started(10, 4);
    at(10).ended(false, 4);
    at(20).started(0, 4);
    at(30).ended(false, 4);
    at(40).ended(false, 4);
    expect(at(40).snapshot()).toMatchObject({
      peakConcurrency: 2,
      maxQueueWaitMs: 50,
      meanQueueWaitMs: 20,
      jobCount: 3,
    });
  });

  it('counts from a throttle on with the permits that it left, also while nothing starts or ends', () => {
    const { at } = metricsAt();
    at(0).started(30, 4);
    at(100).throttled(true, 1);
    at(200).ended(false, 1);
    expect(at(200).snapshot()).toMatchObject({ utilisation: 200 / (4 * 100 + 100), meanQueueWaitMs: 30 });
  });

  it('has a clock of its own where it is given none', () => {
    const metrics = new ConcurrencyMetrics();
    metrics.started(0, 1);
    metrics.ended(false, 1);
    expect(metrics.snapshot().activeMs).toBeGreaterThanOrEqual(0);
  });
});
