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

  it('has a ceiling that caps do not move', () => {
    const permits = new Permits(8);
    permits.cap('memory', 1);
    expect([permits.ceiling, permits.limit]).toEqual([8, 1]);
    permits.resize(3);
    expect([permits.ceiling, permits.limit]).toEqual([3, 1]);
    permits.uncap('memory');
    permits.uncap('nothing');
    permits.cap('memory', 9);
    expect([permits.ceiling, permits.limit]).toEqual([3, 3]);
    expect(() => {
      permits.resize(0);
    }).toThrow('limit must be an integer of 1 or more, got 0');
    expect([permits.ceiling, permits.limit]).toEqual([3, 3]);
  });

  it('makes a rejection of a job that throws at once, and gives its permit back', async () => {
    const permits = new Permits(1);
    const work = (): never => {
      throw new Error('boom');
    };
    await expect(permits.run(work)).rejects.toThrow('boom');
    await settle();
    expect([permits.heldCount, permits.waitingCount]).toEqual([0, 0]);
  });
});

describe('a share of permits', () => {
  it('may hold what no other share holds, at least one, and no more than its own cap', async () => {
    const permits = new Permits(4);
    const [one, other] = [permits.share(), permits.share()];
    expect([one.limit, other.limit]).toEqual([4, 4]);
    const end = deferred();
    const jobs = [1, 2, 3].map(() => one.run(() => end.promise));
    await settle();
    expect([one.limit, one.heldCount, other.limit, other.heldCount]).toEqual([4, 3, 1, 0]);
    jobs.push(one.run(() => end.promise));
    await settle();
    expect([one.limit, other.limit]).toEqual([4, 1]);
    permits.cap('memory', 2);
    expect([one.limit, other.limit]).toEqual([2, 1]);
    permits.uncap('memory');
    one.cap(3);
    expect([one.limit, other.limit]).toEqual([3, 1]);
    one.uncap();
    expect(one.limit).toBe(4);
    expect(() => {
      one.cap(0);
    }).toThrow('limit must be an integer of 1 or more, got 0');
    end.resolve();
    await Promise.all(jobs);
    await settle();
    expect([one.heldCount, other.limit]).toEqual([0, 4]);
  });

  it('starts no more jobs than its cap allows, and those that wait as soon as the cap is gone', async () => {
    const permits = new Permits(4);
    const share = permits.share();
    share.cap(2);
    const started: number[] = [];
    const end = deferred();
    const jobs = [1, 2, 3, 4, 5].map((job) =>
      share.run(() => {
        started.push(job);
        return end.promise;
      }),
    );
    await settle();
    expect([started, share.heldCount, share.waitingCount, permits.waitingCount]).toEqual([[1, 2], 2, 3, 3]);
    share.cap(1); // Running jobs are not interrupted.
    expect(share.heldCount).toBe(2);
    share.uncap();
    await settle();
    expect([started, share.waitingCount]).toEqual([[1, 2, 3, 4], 1]);
    end.resolve();
    await Promise.all(jobs);
    expect(started).toEqual([1, 2, 3, 4, 5]);
  });

  it('is told when its limit may have changed through anything but its own jobs', async () => {
    const permits = new Permits(4);
    const told: string[] = [];
    const one = permits.share(() => told.push('one'));
    const other = permits.share(() => told.push('other'));
    const [firstEnd, secondEnd] = [deferred(), deferred()];
    const first = one.run(() => firstEnd.promise);
    await settle();
    expect(told).toEqual([]);
    const second = other.run(() => secondEnd.promise);
    await settle();
    expect(told.splice(0)).toEqual(['one']);
    permits.cap('memory', 1);
    expect(told.splice(0)).toEqual(['one', 'other']);
    permits.uncap('memory');
    expect(told.splice(0)).toEqual(['one', 'other']);
    permits.resize(3);
    expect(told.splice(0)).toEqual(['one', 'other']);
    firstEnd.resolve();
    await first;
    await settle();
    expect(told.splice(0)).toEqual(['other']);
    permits.cap('memory', 1); // A share without jobs is not concerned.
    expect(told.splice(0)).toEqual(['other']);
    secondEnd.resolve();
    await second;
    await settle();
    expect(told).toEqual([]);
  });

  it('takes turns with another where one permit is left, beginning with the one that came first', async () => {
    const permits = new Permits(1);
    const [one, other] = [permits.share(), permits.share()];
    const started: string[] = [];
    const job = (name: string) => (): Promise<void> => {
      started.push(name);
      return settle();
    };
    const jobs = [one, one, one, other, other].map((share) => share.run(job(share === one ? 'one' : 'other')));
    await Promise.all(jobs);
    expect(started).toEqual(['one', 'other', 'one', 'other', 'one']);
  });
});
