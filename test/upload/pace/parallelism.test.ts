import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import { Parallelism } from '../../../src/upload/pace/parallelism.js';
import { deferred } from '../../concurrency/deferred.js';

const busy = () => new ChatferryError('REMOTE_ERROR', 'slow down', { retryAfterMs: 1000 });

/** A budget on a clock that moves when it is told to. */
function budget(most: number) {
  let nowMs = 0;
  const parallelism = new Parallelism({ most, now: () => nowMs });
  return {
    parallelism,
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** A whole round of good parts at this speed. */
    round: async (bytesPerMs: number) => {
      const bytes = 1000;
      for (let index = 0; index < 2 * parallelism.limit; index += 1) {
        nowMs += bytes / bytesPerMs;
        await parallelism.run(bytes, () => Promise.resolve());
      }
    },
    fail: async (error: Error = busy()) => {
      await expect(parallelism.run(1000, () => Promise.reject(error))).rejects.toBe(error);
    },
  };
}

describe('The budget of requests', () => {
  it('begins with all that may run, for files and parts alike', async () => {
    const { parallelism } = budget(5);
    const gate = deferred<undefined>();
    const jobs = Array.from({ length: 20 }, (_, index) => parallelism.run(index % 2, () => gate.promise));
    await Promise.resolve();
    expect(parallelism.runningCount).toBe(5);
    gate.resolve(undefined);
    await Promise.all(jobs);
    expect(parallelism.runningCount).toBe(0);
  });

  it('halves when the far end or the line fails, at most once a second, and not for what is refused for good', async () => {
    const { parallelism, fail, pass } = budget(8);
    await fail();
    await fail();
    expect(parallelism.limit).toBe(4);
    pass(1000);
    await fail();
    expect(parallelism.limit).toBe(2);
    pass(1000);
    await fail(new ChatferryError('STORE_REFUSED', 'too large'));
    await fail(new TypeError('a defect'));
    expect(parallelism.limit).toBe(2);
    for (let count = 0; count < 5; count += 1) {
      pass(1000);
      await fail();
    }
    expect(parallelism.limit).toBe(1);
  });

  it('grows by one after two good rounds, while throughput rises or stays', async () => {
    const { parallelism, fail, round } = budget(8);
    await fail();
    for (const limit of [5, 6, 7, 8, 8]) {
      await round(limit * 10);
      expect(parallelism.limit).toBe(limit);
    }
  });

  it('does not grow in a round that was slower than the one before', async () => {
    const { parallelism, fail, round } = budget(8);
    await fail();
    await round(100);
    expect(parallelism.limit).toBe(5);
    await round(50);
    expect(parallelism.limit).toBe(5);
    await round(60);
    expect(parallelism.limit).toBe(6);
  });

  it('never runs more than the most, and never gets stuck, however requests end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.array(
          fc.record({ bytes: fc.nat(1000), ends: fc.constantFrom('well', 'busy', 'refused'), ms: fc.nat(1500) }),
          {
            maxLength: 120,
          },
        ),
        async (most, requests) => {
          const { parallelism, pass } = budget(most);
          let running = 0;
          const ended = await Promise.allSettled(
            requests.map(({ bytes, ends, ms }) =>
              parallelism.run(bytes, async () => {
                running += 1;
                expect(running).toBeLessThanOrEqual(most);
                await Promise.resolve();
                pass(ms);
                running -= 1;
                if (ends === 'busy') throw busy();
                if (ends === 'refused') throw new ChatferryError('STORE_REFUSED', 'no');
              }),
            ),
          );
          expect(ended.map(({ status }) => status)).toEqual(
            requests.map(({ ends }) => (ends === 'well' ? 'fulfilled' : 'rejected')),
          );
          expect(parallelism.limit).toBeGreaterThanOrEqual(1);
          expect(parallelism.limit).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  it('comes back to all of it when the trouble is over', async () => {
    const { parallelism, fail, pass, round } = budget(8);
    for (let count = 0; count < 4; count += 1) {
      pass(1000);
      await fail();
    }
    for (let count = 0; count < 20; count += 1) await round(100);
    expect(parallelism.limit).toBe(8);
  });
});
