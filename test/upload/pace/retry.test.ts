import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import { Retry } from '../../../src/upload/pace/retry.js';
import { retryAfterMs } from '../../../src/upload/http/retry-after.js';

const { signal } = new AbortController();

function passing(afterMs?: number): ChatferryError {
  return new ChatferryError(
    'REMOTE_ERROR',
    'busy',
    afterMs === undefined ? { retryable: true } : { retryAfterMs: afterMs },
  );
}

/** Runs work that always fails. @returns the pauses between its tries. */
async function pausesOf(error: Error, maxRetries: number, random: () => number): Promise<readonly number[]> {
  const pauses: number[] = [];
  const wait = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  await expect(new Retry({ maxRetries, random, wait }).run(() => Promise.reject(error), signal)).rejects.toBe(error);
  return pauses;
}

describe('A call that fails for a while', () => {
  it('is tried again as often as set, after pauses that may be twice as long each time, up to a minute', async () => {
    expect(await pausesOf(passing(), 9, () => 1)).toEqual([
      500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000,
    ]);
    expect(await pausesOf(passing(), 0, () => 1)).toEqual([]);
  });

  it('waits anything from nothing to all of that, so that many do not come back together', async () => {
    expect(await pausesOf(passing(), 3, () => 0)).toEqual([0, 0, 0]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 5, maxLength: 5 }),
        async (drawn) => {
          let next = 0;
          const pauses = await pausesOf(passing(), 5, () => drawn[next++] ?? 0);
          for (const [index, pause] of pauses.entries()) expect(pause).toBeLessThanOrEqual(500 * 2 ** index);
        },
      ),
    );
  });

  it('waits at least as long as the far end says', async () => {
    const pauses = await pausesOf(passing(30_000), 3, () => 0.5);
    expect(pauses).toEqual([30_250, 30_500, 31_000]);
  });

  it('is given up at once where the far end says to come back in more than ten minutes', async () => {
    expect(await pausesOf(passing(600_000), 1, () => 0)).toEqual([600_000]);
    expect(await pausesOf(passing(600_001), 3, () => 0)).toEqual([]);
  });

  it('is not tried again when it fails for good, or by a defect', async () => {
    expect(await pausesOf(new ChatferryError('STORE_REFUSED', 'full'), 3, () => 0)).toEqual([]);
    expect(await pausesOf(new TypeError('a defect'), 3, () => 0)).toEqual([]);
  });

  it('gives its answer when a later try brings one, and has told of each that failed', async () => {
    const told: number[] = [];
    const retry = new Retry({ maxRetries: 5, random: () => 0, wait: () => Promise.resolve() });
    const answer = await retry.run(
      (number) => (number < 4 ? Promise.reject(passing()) : Promise.resolve(`try ${number}`)),
      signal,
      ({ number }) => told.push(number),
    );
    expect(answer).toBe('try 4');
    expect(told).toEqual([1, 2, 3]);
  });

  it('ends its wait when it is stopped, with the reason', async () => {
    const stop = new AbortController();
    const retry = new Retry({ maxRetries: 5, random: () => 1 });
    const work = retry.run(
      () => Promise.reject(passing(500_000)),
      stop.signal,
      () => stop.abort(new Error('enough')),
    );
    await expect(work).rejects.toThrow('enough');
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 2026 00:01:30 GMT', 90_000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j says %j ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });
});
