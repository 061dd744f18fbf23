import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { AdaptiveBandwidth } from '../../../src/upload/pace/adaptive-bandwidth.js';
import { Bandwidth } from '../../../src/upload/pace/bandwidth.js';

const { signal } = new AbortController();

// The bucket reads performance.now and sets timers: both are virtual here.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Senders that never stop. @returns reads how many bytes went through so far. */
function greedy(bandwidth: Bandwidth, senderCount: number, pieceBytes = 65_536): () => number {
  let sent = 0;
  for (let index = 0; index < senderCount; index += 1) {
    void (async () => {
      for (;;) {
        await bandwidth.take(pieceBytes, signal);
        sent += pieceBytes;
      }
    })();
  }
  return () => sent;
}

describe('The bandwidth', () => {
  it.each([50_000, 1_000_000, 12_345_678])(
    'is %d bytes a second over 30 s within 3 %%, for one and for eight senders',
    async (rate) => {
      for (const senderCount of [1, 8]) {
        const sent = greedy(new Bandwidth({ bytesPerSecond: rate }), senderCount, Math.min(65_536, rate / 50));
        await vi.advanceTimersByTimeAsync(30_000);
        expect(sent() / (rate * 30)).toBeGreaterThan(0.97);
        expect(sent() / (rate * 30)).toBeLessThan(1.03);
      }
    },
  );

  it.each([1, 2, 5])('lets %d s worth through at once after a pause, and no more', async (burstSeconds) => {
    const bandwidth = new Bandwidth({ bytesPerSecond: 1_000_000, burstSeconds });
    await vi.advanceTimersByTimeAsync(60_000);
    const sent = greedy(bandwidth, 4, 10_000);
    await vi.advanceTimersByTimeAsync(0);
    expect(sent()).toBeGreaterThan(burstSeconds * 1_000_000 * 0.9);
    expect(sent()).toBeLessThanOrEqual(burstSeconds * 1_000_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent()).toBeLessThanOrEqual((burstSeconds + 10) * 1_000_000);
  });

  it('is shared by senders in turn: none gets more than one piece ahead of the others', async () => {
    const bandwidth = new Bandwidth({ bytesPerSecond: 1_000_000 });
    const senders = Array.from({ length: 5 }, () => greedy(bandwidth, 1, 16_384));
    await vi.advanceTimersByTimeAsync(10_000);
    const counts = senders.map((sent) => sent());
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2 * 16_384);
  });

  it('can be set while it is used, up and down, also for those that wait already', async () => {
    const bandwidth = new Bandwidth({ bytesPerSecond: 1000 });
    const sent = greedy(bandwidth, 3, 100);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent() / 10_000).toBeCloseTo(1, 1);
    for (const rate of [2_000_000, 5000]) {
      bandwidth.setLimit(rate);
      const before = sent();
      await vi.advanceTimersByTimeAsync(20_000);
      expect((sent() - before) / (rate * 20)).toBeGreaterThan(0.97);
      expect((sent() - before) / (rate * 20)).toBeLessThan(1.03);
    }
  });

  it('holds nothing back without a limit, and once it is taken away', async () => {
    const bandwidth = new Bandwidth({ bytesPerSecond: 0 });
    await bandwidth.take(1e9, signal);
    bandwidth.setLimit(1000);
    const taken = bandwidth.take(100_000, signal);
    await vi.advanceTimersByTimeAsync(1000);
    bandwidth.setLimit(0);
    await vi.advanceTimersByTimeAsync(2000);
    await taken;
  });

  it('lets go of who is stopped while it waits, and of none else', async () => {
    const bandwidth = new Bandwidth({ bytesPerSecond: 1000 });
    const stop = new AbortController();
    const stopped = bandwidth.take(1_000_000, stop.signal);
    const other = bandwidth.take(500, signal);
    stop.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    await vi.advanceTimersByTimeAsync(3000);
    await other;
  });
});

describe('The bandwidth that follows the line', () => {
  function adaptive(most: number) {
    const bandwidth = new Bandwidth({ bytesPerSecond: most });
    const changes: number[] = [];
    const judge = new AdaptiveBandwidth({
      bandwidth,
      maxBytesPerSecond: most,
      readBytesPerSecond: () => 500_000,
      onChange: (rate) => changes.push(rate),
    });
    const times = (count: number, work: () => void): void => {
      for (let index = 0; index < count; index += 1) work();
    };
    return {
      bandwidth,
      changes,
      good: (count: number) => {
        times(count, () => {
          judge.succeeded();
        });
      },
      bad: (count: number) => {
        times(count, () => {
          judge.failed();
        });
      },
    };
  }

  it('falls by a fifth after three bad parts and grows by a tenth after ten good ones in a row', () => {
    const { bandwidth, good, bad } = adaptive(1_000_000);
    bad(2);
    expect(bandwidth.bytesPerSecond).toBe(1_000_000);
    bad(1);
    expect(bandwidth.bytesPerSecond).toBe(800_000);
    good(9);
    expect(bandwidth.bytesPerSecond).toBe(800_000);
    good(1);
    expect(bandwidth.bytesPerSecond).toBe(880_000);
    good(9);
    bad(1);
    good(9);
    expect(bandwidth.bytesPerSecond).toBe(880_000);
  });

  it('never goes above what the user set, nor to nothing', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.array(fc.boolean(), { maxLength: 500 }),
        (most, parts) => {
          const { bandwidth, good, bad } = adaptive(most);
          for (const isGood of parts) {
            if (isGood) good(1);
            else bad(1);
            expect(bandwidth.bytesPerSecond).toBeLessThanOrEqual(most);
            expect(bandwidth.bytesPerSecond).toBeGreaterThanOrEqual(Math.min(most, 16 * 1024));
          }
        },
      ),
    );
  });

  it('begins at what is sent, where the user set no limit', () => {
    const { bandwidth, changes, good, bad } = adaptive(0);
    good(100);
    expect(bandwidth.bytesPerSecond).toBe(0);
    bad(3);
    good(10);
    expect(changes).toEqual([400_000, 440_000]);
  });
});
