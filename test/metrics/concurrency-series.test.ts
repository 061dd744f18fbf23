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

  it('begins with its first change, whenever that is, and has no mean of no time', () => {
    let nowMs = 1_000_000;
    const series = new ConcurrencySeries(() => nowMs);
    nowMs += 500;
    series.set(2, 4);
    expect(series.points()).toEqual([{ atMs: 0, meanInFlight: 0, peakInFlight: 2, meanLimit: 0, residentBytes: 0 }]);
    nowMs += 60;
    expect(series.points()).toEqual([
      { atMs: 0, meanInFlight: 2, peakInFlight: 2, meanLimit: 4, residentBytes: 0 },
      { atMs: 50, meanInFlight: 2, peakInFlight: 2, meanLimit: 4, residentBytes: 0 },
    ]);
  });

  it('has nothing in flight and allows nothing before it is told otherwise', () => {
    let nowMs = 100;
    const series = new ConcurrencySeries(() => nowMs);
    series.memory(7);
    nowMs += 1;
    expect(series.points()).toEqual([{ atMs: 0, meanInFlight: 0, peakInFlight: 0, meanLimit: 0, residentBytes: 7 }]);
    series.set(2, 4);
    nowMs += 1;
    expect(series.points()).toMatchObject([{ meanInFlight: 1, meanLimit: 2 }]);
  });

  it('has a mean of the first millisecond', () => {
    let nowMs = 100;
    const series = new ConcurrencySeries(() => nowMs);
    series.set(2, 4);
    nowMs += 1;
    expect(series.points()).toMatchObject([{ meanInFlight: 2, meanLimit: 4 }]);
  });

  it('makes one of each two stretches when there are 512, with what both of them had', () => {
    let nowMs = 7000;
    const series = new ConcurrencySeries(() => nowMs);
    series.set(1, 10);
    series.memory(9);
    nowMs += 50;
    series.set(3, 20);
    series.memory(7);
    nowMs += 50;
    series.set(0, 30);
    nowMs += 50;
    series.set(4, 50);
    series.memory(5);
    nowMs = 7000 + 512 * 50 - 10;
    series.set(4, 50);
    expect(series.points()).toHaveLength(512);
    nowMs += 10;
    expect(series.points()).toHaveLength(512);
    nowMs += 30;
    series.set(6, 50);
    const points = series.points();
    expect(points).toHaveLength(257);
    expect(points.slice(0, 3)).toEqual([
      { atMs: 0, meanInFlight: 2, peakInFlight: 3, meanLimit: 15, residentBytes: 9 },
      { atMs: 100, meanInFlight: 2, peakInFlight: 4, meanLimit: 40, residentBytes: 5 },
      { atMs: 200, meanInFlight: 4, peakInFlight: 4, meanLimit: 50, residentBytes: 0 },
    ]);
    expect(points.at(-1)).toEqual({
      atMs: 25_600,
      meanInFlight: 4,
      peakInFlight: 6,
      meanLimit: 50,
      residentBytes: 0,
    });
    for (nowMs = 7000 + 257 * 100; nowMs < 7000 + 512 * 100; nowMs += 100) series.set(1, 1);
    nowMs += 1;
    series.set(1, 1);
    expect(
      series
        .points()
        .map(({ atMs }) => atMs)
        .slice(-2),
    ).toEqual([51_000, 51_200]);
  });
});
