import { describe, expect, it } from 'vitest';

import { ConcurrencyMetrics } from '../../src/metrics/concurrency-metrics.js';
import { formatBytes, summaryLine } from '../../src/metrics/summary-line.js';

describe('summaryLine', () => {
  it('says how concurrent a run was', () => {
    const snapshot = {
      ...new ConcurrencyMetrics().snapshot(),
      mediaCount: 1247,
      bytes: 3_100_000_000,
      peakConcurrency: 8,
      meanConcurrency: 7.24,
    };
    expect(summaryLine(snapshot)).toBe('1247 media, 3.1 GB, peak 8, mean 7.2, throttled 0×');
    expect(summaryLine({ ...snapshot, failedMediaCount: 2, fallbackCount: 1, leftOutMediaCount: 3 })).toBe(
      '1247 media, 3.1 GB, peak 8, mean 7.2, throttled 0×, 2 failed, 3 left out, fell back to sequential 1×',
    );
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_960, '100 kB'],
    [999_600, '1.0 MB'],
    [3_100_000_000, '3.1 GB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
