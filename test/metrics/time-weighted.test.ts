import { expect, it } from 'vitest';

import { TimeWeighted } from '../../src/metrics/time-weighted.js';

it('adds up a value over the time it holds, from the first setting to the last', () => {
  let nowMs = 1000;
  const weighted = new TimeWeighted(() => nowMs);
  nowMs = 1100;
  expect([weighted.value, weighted.integral, weighted.spanMs]).toEqual([0, 0, 0]);
  weighted.set(2);
  expect([weighted.value, weighted.integral, weighted.spanMs]).toEqual([2, 0, 0]);
  nowMs = 1150;
  weighted.set(5);
  expect([weighted.value, weighted.integral, weighted.spanMs]).toEqual([5, 100, 50]);
  nowMs = 1160;
  weighted.set(0);
  expect([weighted.value, weighted.integral, weighted.spanMs]).toEqual([0, 150, 60]);
  nowMs = 9000;
  expect([weighted.integral, weighted.spanMs]).toEqual([150, 60]);
});
