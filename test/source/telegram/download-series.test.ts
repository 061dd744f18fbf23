import { describe, expect, it } from 'vitest';

import { DownloadSeries } from '../../../src/source/telegram/download-series.js';

describe('the series of a download', () => {
  it('has every byte in at most 512 points, however long it goes on', () => {
    let nowMs = 0;
    const series = new DownloadSeries(() => nowMs);
    for (let count = 0; count < 100_000; count += 1) {
      nowMs += 100;
      series.add(3, { inFlightRequests: 2, limit: 4 });
    }
    const points = series.points();
    expect(points.length).toBeLessThan(512);
    expect(points.length).toBeGreaterThan(200);
    expect(series.bytes).toBe(300_000);
    const shown = points.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(shown).toBeGreaterThan(298_000);
    const times = points.map(({ timeMs }) => timeMs);
    expect(times).toEqual([...times].sort((one, other) => one - other));
  });
});
