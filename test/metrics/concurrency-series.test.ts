import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ConcurrencySeries } from '../../src/metrics/concurrency-series.js';

describe('ConcurrencySeries', () => {
  it('averages over the time each value held', () => {
    let nowMs = 0;
    const series = new ConcurrencySeries(() => nowMs);
    series.set(4, 8);
    nowMs = 25;
    series.set(2, 8);
    nowMs = 100;
    expect(series.points()).toMatchObject([
      { atMs: 0, meanInFlight: 3, peakInFlight: 4, meanLimit: 8 },
      { atMs: 50, meanInFlight: 2, peakInFlight: 2, meanLimit: 8 },
    ]);
  });

  test.prop([
    fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), inFlight: fc.nat(8) }), { minLength: 1 }),
  ])('stays small, and its area is that of the values it was given', (changes) => {
    let nowMs = 0;
    let area = 0;
    let current = 0;
    const series = new ConcurrencySeries(() => nowMs);
    series.set(0, 8);
    for (const { afterMs, inFlight } of changes) {
      area += current * afterMs;
      nowMs += afterMs;
      series.set(inFlight, 8);
      current = inFlight;
    }
    const points = series.points();
    expect(points.length).toBeLessThanOrEqual(512);
    const widthMs = points.length > 1 ? (points[1]?.atMs ?? 0) : nowMs;
    const sum = points.reduce(
      (total, { meanInFlight, atMs }) => total + meanInFlight * Math.max(0, Math.min(widthMs, nowMs - atMs)),
      0,
    );
    expect(sum).toBeCloseTo(area, 3);
  });

  it('keeps the highest memory of each stretch', () => {
    let nowMs = 0;
    const series = new ConcurrencySeries(() => nowMs);
    series.memory(10);
    series.memory(30);
    nowMs = 60;
    series.memory(20);
    expect(series.points().map(({ residentBytes }) => residentBytes)).toEqual([30, 20]);
  });
});
