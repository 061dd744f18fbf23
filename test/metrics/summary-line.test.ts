import { describe, expect, it } from 'vitest';

import { ConcurrencyMetrics } from '../../src/metrics/concurrency-metrics.js';
import { mergeSnapshots } from '../../src/metrics/merge-snapshots.js';
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
    expect(summaryLine({ ...snapshot, unavailableMediaCount: 1 })).toBe(
      '1247 media, 3.1 GB, peak 8, mean 7.2, throttled 0×, 1 not available',
    );
    expect(summaryLine({ ...snapshot, failedMediaCount: 1, fallbackCount: 1, leftOutMediaCount: 1 })).toBe(
      '1247 media, 3.1 GB, peak 8, mean 7.2, throttled 0×, 1 failed, 1 left out, fell back to sequential 1×',
    );
  });

  it('says what was there already, over all runs that it is made of, where something was', () => {
    const [first, second] = [new ConcurrencyMetrics(), new ConcurrencyMetrics()];
    first.duplicate('remote-id', 1000);
    first.duplicate('file-hashes', 2000);
    second.duplicate('file-hashes', 4000);
    second.duplicate('content', 80_000);
    const merged = mergeSnapshots([first.snapshot(), second.snapshot(), new ConcurrencyMetrics().snapshot()]);
    expect(merged.duplicates).toEqual({
      'remote-id': { count: 1, savedBytes: 1000 },
      'file-hashes': { count: 2, savedBytes: 6000 },
      content: { count: 1, savedBytes: 80_000 },
    });
    expect(summaryLine(first.snapshot())).toBe(
      '0 media, 0 B, peak 0, mean 0.0, throttled 0×, 2 not fetched again (3.0 kB)',
    );
    expect(summaryLine({ ...first.snapshot(), duplicates: { ...second.snapshot().duplicates } })).toContain(
      'throttled 0×, 1 not fetched again (4.0 kB), 1 stored once (80.0 kB)',
    );
    expect(summaryLine(merged)).toContain('throttled 0×, 3 not fetched again (7.0 kB), 1 stored once (80.0 kB)');
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1, '1 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [3_100_000_000, '3.1 GB'],
    [5_500_000_000_000, '5.5 TB'],
    [2_000_000_000_000_000, '2000 TB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
