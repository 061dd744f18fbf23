import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { TimeLeft } from '../../../../src/cli/terminal/progress/time-left.js';

const STEP_MS = 200;

/** What is shown after each step of `speeds` units a millisecond. */
function shownAt(speeds: readonly number[], total: number): readonly (number | undefined)[] {
  const timeLeft = new TimeLeft(0, 0);
  let done = 0;
  return speeds.map((speed, index) => {
    done = Math.min(total, done + speed * STEP_MS);
    return timeLeft.update(done, total, (index + 1) * STEP_MS);
  });
}

describe('the time left', () => {
  it('is not shown before there is something to judge by', () => {
    const shown = shownAt(Array<number>(15).fill(1), 100_000);
    expect(shown.slice(0, 13)).toEqual(Array(13).fill(undefined));
    expect(shown[14]).toBeDefined();
  });

  it('is not shown while nothing comes', () => {
    expect(shownAt(Array<number>(50).fill(0), 1000).every((left) => left === undefined)).toBe(true);
  });

  it('is exact at a steady speed', () => {
    const shown = shownAt(Array<number>(100).fill(2), 100_000);
    expect(shown[99]).toBeCloseTo((100_000 - 2 * STEP_MS * 100) / 2, 3);
  });

  it('is nothing at the end', () => {
    expect(shownAt(Array<number>(60).fill(1), 50 * STEP_MS).at(-1)).toBe(0);
  });

  it('hardly moves when a window full of messages is written at once', () => {
    const speeds = Array<number>(100).fill(1);
    speeds[60] = 25;
    const shown = shownAt(speeds, 1_000_000);
    expect(Math.abs((shown[60] ?? 0) - (shown[59] ?? 0))).toBeLessThan((shown[59] ?? 0) * 0.05);
  });

  it('comes to the new speed in the end', () => {
    const speeds = [...Array<number>(200).fill(1), ...Array<number>(600).fill(2)];
    const total = 5_000_000;
    const left = (total - 200 * STEP_MS - 600 * 2 * STEP_MS) / 2;
    expect(Math.abs((shownAt(speeds, total).at(-1) ?? 0) - left)).toBeLessThan(left * 0.05);
  });

  it('never jumps by more than a few percent from one reading to the next, whatever the line does', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 20, maxLength: 200 }),
        (speeds) => {
          const shown = shownAt(speeds, 10_000_000).filter((left) => left !== undefined);
          for (const [index, left] of shown.entries()) {
            const before = shown[index - 1];
            if (before !== undefined) expect(Math.abs(left - before) / before).toBeLessThan(0.04);
          }
        },
      ),
    );
  });
});
