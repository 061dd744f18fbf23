import { describe, expect, it } from 'vitest';

import { ConcurrencyMetrics } from '../../src/metrics/concurrency-metrics.js';

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
});
