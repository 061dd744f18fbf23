import { describe, expect, it } from 'vitest';

import { DownloadSeries } from '../../../../src/source/telegram/download/download-series.js';

describe('the series of a download', () => {
  it('counts every byte, in at most 512 points for any duration', () => {
    let nowMs = 0;
    const series = new DownloadSeries(() => nowMs);
    for (let count = 0; count < 100_000; count += 1) {
      nowMs += 100;
      series.add(3, { inFlightRequests: count % 5, limit: 4, connections: 2 });
    }
    const points = series.points();
    expect(points.length).toBeLessThanOrEqual(512);
    expect(points.length).toBeGreaterThan(200);
    expect(series.bytes).toBe(300_000);
    expect(points.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(300_000);
    expect(new Set(points.slice(0, -1).map(({ inFlightRequests }) => inFlightRequests))).toEqual(new Set([4]));
    const times = points.map(({ timeMs }) => timeMs);
    expect(times).toEqual([...times].sort((one, other) => one - other));
  });

  it('includes bytes that arrived since the last complete point', () => {
    const series = new DownloadSeries(() => 5);
    series.add(10, { inFlightRequests: 1, limit: 4, connections: 1 });
    series.add(20, { inFlightRequests: 3, limit: 8, connections: 2 });
    series.add(30, { inFlightRequests: 2, limit: 6, connections: 1 });
    expect(series.points()).toEqual([{ timeMs: 5, bytes: 60, inFlightRequests: 3, limit: 6, connections: 2 }]);
  });
});
