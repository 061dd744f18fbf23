import { describe, expect, it } from 'vitest';

import { Permits } from '../../src/concurrency/permits.js';
import { deferred, settle } from './deferred.js';

function startJobs(permits: Permits, count: number): { started: number[]; finish: (index: number) => void } {
  const started: number[] = [];
  const ends = Array.from({ length: count }, () => deferred());
  for (const [index, end] of ends.entries()) {
    void permits.run(async () => {
      started.push(index);
      await end.promise;
    });
  }
  return { started, finish: (index) => ends[index]?.resolve() };
}

describe('Permits', () => {
  it('runs as many jobs as the limit allows, first come first served', async () => {
    const permits = new Permits(2);
    const { started, finish } = startJobs(permits, 4);
    await settle();
    expect(started).toEqual([0, 1]);
    finish(1);
    await settle();
    expect(started).toEqual([0, 1, 2]);
    expect(permits.heldCount).toBe(2);
    expect(permits.waitingCount).toBe(1);
  });

  it('gives a permit back when the job throws', async () => {
    const permits = new Permits(1);
    await expect(permits.run(() => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    await settle();
    expect(permits.heldCount).toBe(0);
    await expect(permits.run(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('interrupts nobody when it is capped, and goes on one at a time with the oldest that waits', async () => {
    const permits = new Permits(3);
    const { started, finish } = startJobs(permits, 6);
    await settle();
    permits.cap('memory', 1);
    expect(permits.heldCount).toBe(3);
    finish(0);
    finish(1);
    await settle();
    expect(started).toEqual([0, 1, 2]);
    finish(2);
    await settle();
    expect(started).toEqual([0, 1, 2, 3]);
    permits.uncap('memory');
    await settle();
    expect(started).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('obeys the lowest of several caps', () => {
    const permits = new Permits(8);
    permits.cap('memory', 1);
    permits.cap('network', 4);
    expect(permits.limit).toBe(1);
    permits.uncap('memory');
    expect(permits.limit).toBe(4);
    permits.resize(2);
    expect(permits.limit).toBe(2);
    permits.uncap('network');
    permits.resize(6);
    expect(permits.limit).toBe(6);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a limit of %s', (limit) => {
    expect(() => new Permits(limit)).toThrow(RangeError);
    expect(() => {
      new Permits(1).cap('memory', limit);
    }).toThrow(String(limit));
  });
});
