import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Measurements } from '../../src/bench/bench-document.js';
import { median, rounded } from '../../src/bench/statistics.js';

describe('median', () => {
  test.prop([fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 })])(
    'has as many values on its one side as on the other',
    (values) => {
      const middle = median(values);
      const below = values.filter((value) => value < middle).length;
      const above = values.filter((value) => value > middle).length;
      expect(below).toBeLessThanOrEqual(values.length / 2);
      expect(above).toBeLessThanOrEqual(values.length / 2);
    },
  );

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('refuses no values', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('Measurements', () => {
  it('keeps the runs of each subject and metric apart, in the order they came', () => {
    const measurements = new Measurements();
    measurements.add('window', 'wall', { unit: 's', value: 3 });
    measurements.add('batch', 'wall', { unit: 's', value: 9 });
    measurements.add('window', 'wall', { unit: 's', value: 1.23456 });
    measurements.add('window', 'wall', { unit: 's', value: 2 });
    expect(measurements.median('window', 'wall')).toBe(2);
    expect(measurements.results()).toEqual([
      { subject: 'window', metric: 'wall', unit: 's', median: 2, runs: [3, 1.23, 2] },
      { subject: 'batch', metric: 'wall', unit: 's', median: 9, runs: [9] },
    ]);
  });
});

describe('Measurements of named subjects', () => {
  it('are shown in that order, whichever ran first, and others after them', () => {
    const measurements = new Measurements(['sequential', 'window']);
    for (const subject of ['other', 'window', 'sequential']) measurements.add(subject, 'wall', { unit: 's', value: 1 });
    expect(measurements.results().map(({ subject }) => subject)).toEqual(['sequential', 'window', 'other']);
  });
});

describe('rounded', () => {
  it('keeps three significant digits', () => {
    expect([rounded(5.4321), rounded(123_456), rounded(0.000_123_49)]).toEqual([5.43, 123_000, 0.000_123]);
  });
});
