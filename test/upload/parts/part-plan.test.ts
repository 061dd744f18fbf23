import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { partRange, planParts } from '../../../src/upload/parts/part-plan.js';
import type { TargetLimits } from '../../../src/upload/upload-target.js';

const MB = 1024 * 1024;

const FREE: TargetLimits = {
  minPartBytes: 1,
  maxPartBytes: Infinity,
  partGranularityBytes: 1,
  maxPartCount: Infinity,
  largestFileBytes: Infinity,
};

const sizes = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: 3000 * MB }),
  fc.constantFrom(
    0,
    1,
    10 * MB - 1,
    10 * MB,
    100 * MB - 1,
    100 * MB,
    1024 * MB - 1,
    1024 * MB,
    Math.floor(48.8 * MB * MB),
  ),
);

/** Limits that are no contradiction in themselves: the most is at least what the least is rounded up to. */
const limits = fc
  .record({
    least: fc.constantFrom(1, 5 * MB, 1000),
    granularity: fc.constantFrom(1, 256 * 1024, 1000),
    moreThanLeast: fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 64 * MB })),
    maxPartCount: fc.constantFrom(1, 100, 1000, 10_000, Infinity),
  })
  .map(({ least, granularity, moreThanLeast, maxPartCount }) => ({
    ...FREE,
    minPartBytes: least,
    partGranularityBytes: granularity,
    maxPartBytes: Math.ceil(least / granularity) * granularity + moreThanLeast,
    maxPartCount,
  }));

/** The rule in its own words: the plan's size, raised to the least and to what the count needs, rounded up, capped. */
function ruled(sizeBytes: number, chosen: number | undefined, target: TargetLimits): number {
  const planned = sizeBytes < 10 * MB ? MB : sizeBytes < 100 * MB ? 5 * MB : sizeBytes < 1024 * MB ? 10 * MB : 20 * MB;
  let size = chosen ?? planned;
  if (size < target.minPartBytes) size = target.minPartBytes;
  if (size < Math.ceil(sizeBytes / target.maxPartCount)) size = Math.ceil(sizeBytes / target.maxPartCount);
  const { partGranularityBytes: step, maxPartBytes: most } = target;
  if (size % step !== 0) size += step - (size % step);
  return size > most ? most - (most % step) : size;
}

describe('A file is cut into parts', () => {
  it('of 1 MB below 10 MB, 5 MB to 100 MB, 10 MB to 1 GB, and 20 MB above', () => {
    const partOf = (sizeBytes: number): number => planParts(sizeBytes, FREE).partBytes;
    expect([0, 10 * MB - 1].map(partOf)).toEqual([MB, MB]);
    expect([10 * MB, 100 * MB - 1].map(partOf)).toEqual([5 * MB, 5 * MB]);
    expect([100 * MB, 1024 * MB - 1].map(partOf)).toEqual([10 * MB, 10 * MB]);
    expect([1024 * MB, 5000 * MB].map(partOf)).toEqual([20 * MB, 20 * MB]);
  });

  it('larger than that where the target prefers it and the user chose no size', () => {
    const target = { ...FREE, preferredPartBytes: 64 * MB };
    expect(planParts(100 * MB, target).partBytes).toBe(64 * MB);
    expect(planParts(100 * MB, target, { chosenPartBytes: 2 * MB }).partBytes).toBe(2 * MB);
    expect(planParts(100 * MB, { ...target, maxPartBytes: 6 * MB }).partBytes).toBe(6 * MB);
  });

  it('by the rule, whatever the target demands and the user chose', () => {
    fc.assert(
      fc.property(sizes, limits, fc.option(fc.integer({ min: 1, max: 200 * MB })), (size, target, chosen) => {
        const wanted = ruled(size, chosen ?? undefined, target);
        const fits = Math.max(1, Math.ceil(size / wanted)) <= target.maxPartCount;
        const plan = (): number => planParts(size, target, { chosenPartBytes: chosen ?? undefined }).partBytes;
        if (fits) expect(plan()).toBe(wanted);
        else expect(plan).toThrow(/would need \d+ parts, and the target takes \d+/);
      }),
      { numRuns: 2000 },
    );
  });

  it('that follow each other, cover it to the last byte, and are all of one size but the last', () => {
    fc.assert(
      fc.property(sizes, limits, fc.integer({ min: 1, max: 16 }), (size, target, parallelCount) => {
        fc.pre(Math.ceil(size / target.maxPartBytes) <= target.maxPartCount);
        const plan = planParts(size, target, { parallelCount });
        fc.pre(plan.partCount < 5000);
        let end = 0;
        for (let index = 0; index < plan.partCount; index += 1) {
          const range = partRange(plan, index);
          expect(range.offset).toBe(end);
          expect(range.isLast).toBe(index === plan.partCount - 1);
          if (!range.isLast) {
            expect(range.sizeBytes).toBe(plan.partBytes);
            expect(range.sizeBytes % target.partGranularityBytes).toBe(0);
            expect(range.sizeBytes).toBeGreaterThanOrEqual(target.minPartBytes);
          }
          expect(range.sizeBytes).toBeGreaterThanOrEqual(size === 0 ? 0 : 1);
          expect(range.sizeBytes).toBeLessThanOrEqual(target.maxPartBytes);
          end += range.sizeBytes;
        }
        expect(end).toBe(size);
        expect(plan.partCount).toBeLessThanOrEqual(target.maxPartCount);
      }),
    );
  });

  it('in whole rounds where several are sent at a time, and never in more rounds than the plan has', () => {
    const s3 = { ...FREE, minPartBytes: 5 * MB, maxPartCount: 10_000 };
    expect(planParts(100 * MB, s3, { parallelCount: 8 })).toMatchObject({ partCount: 16 });
    expect(planParts(100_000_000, s3, { parallelCount: 8 })).toMatchObject({ partCount: 16 });
    expect(planParts(500 * MB, s3, { parallelCount: 8 }).partCount % 8).toBeLessThanOrEqual(2);
    expect(planParts(100 * MB, s3, { parallelCount: 1 })).toMatchObject({ partCount: 10 });
    expect(planParts(100 * MB, s3, { chosenPartBytes: 10 * MB, parallelCount: 8 })).toMatchObject({ partCount: 10 });
    fc.assert(
      fc.property(sizes, limits, fc.integer({ min: 2, max: 16 }), (size, target, parallelCount) => {
        fc.pre(Math.ceil(size / ruled(size, undefined, target)) <= target.maxPartCount);
        const usual = planParts(size, target);
        const even = planParts(size, target, { parallelCount });
        const rounds = (count: number): number => Math.ceil(count / parallelCount);
        expect(rounds(even.partCount)).toBeLessThanOrEqual(rounds(usual.partCount));
        expect(even.partBytes).toBeLessThan(2 * Math.max(usual.partBytes, 1) + target.partGranularityBytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('not at all where the target has one request for whole files', () => {
    const whole = { ...FREE, wholeUpToBytes: 8 * MB };
    expect(planParts(8 * MB, whole)).toEqual({ sizeBytes: 8 * MB, partBytes: 8 * MB, partCount: 1 });
    expect(planParts(8 * MB, whole, { chosenPartBytes: 1000 })).toMatchObject({ partCount: 1 });
    expect(planParts(0, whole)).toMatchObject({ partCount: 1 });
    expect(planParts(8 * MB + 1, whole)).toMatchObject({ partBytes: MB });
  });
});
