import { describe, expect, it } from 'vitest';

import type { Message } from '../../src/chat/message.js';
import { ErrorRate } from '../../src/pipeline/processor/error-rate.js';
import { type JobContext, ParallelMediaProcessor } from '../../src/pipeline/processor/parallel-media-processor.js';
import { automaticConcurrency } from '../../src/pipeline/processor/processor-configuration.js';
import { deferred, settle } from '../concurrency/deferred.js';
import { mediaMessage } from './message-maker.js';

const MEBIBYTE = 1024 * 1024;
const messages = (count: number): Message[] => Array.from({ length: count }, (_, index) => mediaMessage(index + 1));

/** Memory that a test sets, and a promise for the next time that the processor looks at it. */
class Memory {
  bytes = 0;
  #looked = deferred();

  readonly read = (): Promise<number> => {
    this.#looked.resolve();
    this.#looked = deferred();
    return Promise.resolve(this.bytes);
  };

  async set(bytes: number): Promise<void> {
    this.bytes = bytes;
    await this.#looked.promise; // A look that had begun before may have seen the old value.
    await this.#looked.promise;
    await settle();
  }
}

describe('ParallelMediaProcessor under memory pressure', () => {
  it('gives no new permit above the limit, but to the head of the window, and recovers below the low-water mark', async () => {
    const keepAlive = setInterval(() => undefined, 1000);
    const memory = new Memory();
    const throttles: boolean[] = [];
    const processor = new ParallelMediaProcessor(
      { maxConcurrent: 3, memoryLimitMb: 100, checkMemoryInterval: 1 },
      { readResidentBytes: memory.read, observer: { onThrottle: ({ closed }) => throttles.push(closed) } },
    );
    const running = new Map<number, () => void>();
    const job = (message: Message): Promise<void> =>
      new Promise((resolve) => {
        running.set(message.id, () => {
          running.delete(message.id);
          resolve();
        });
      });
    const batch = processor.processBatch(messages(8), job);
    await settle();
    expect([...running.keys()]).toEqual([1, 2, 3]);

    await memory.set(101 * MEBIBYTE);
    running.get(2)?.();
    running.get(3)?.();
    await settle();
    expect([...running.keys()]).toEqual([1]);
    running.get(1)?.(); // Now 4 is the head: it runs although memory is high.
    await settle();
    expect([...running.keys()]).toEqual([4]);

    await memory.set(90 * MEBIBYTE); // Between the marks nothing changes.
    expect([...running.keys()]).toEqual([4]);
    await memory.set(50 * MEBIBYTE);
    expect([...running.keys()]).toEqual([4, 5, 6]);

    while (running.size > 0) {
      for (const finish of [...running.values()]) finish();
      await settle();
    }
    expect((await batch).every(({ ok }) => ok)).toBe(true);
    clearInterval(keepAlive);
    expect(throttles).toEqual([true, false]);
    expect(processor.metrics().throttleCount).toBe(1);
    expect(processor.metrics().throttledMs).toBeGreaterThan(0);
  });

  it('counts a throttle that holds on when counting starts anew', async () => {
    const processor = new ParallelMediaProcessor(
      { maxConcurrent: 4, memoryLimitMb: 1 },
      { readResidentBytes: () => Promise.resolve(2 * MEBIBYTE) },
    );
    await processor.processBatch(messages(2), () => settle());
    processor.resetMetrics();
    await processor.processBatch(messages(2), () => settle());
    const { throttleCount, throttledMs } = processor.metrics();
    expect(throttleCount).toBe(1);
    expect(throttledMs).toBeGreaterThan(0);
  });

  it('finishes one at a time when memory never falls', async () => {
    const processor = new ParallelMediaProcessor(
      { maxConcurrent: 4, memoryLimitMb: 1, checkMemoryInterval: 1 },
      { readResidentBytes: () => Promise.resolve(2 * MEBIBYTE) },
    );
    const outcomes = await processor.processBatch(messages(20), () => settle());
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(processor.metrics()).toMatchObject({ peakConcurrency: 1, throttleCount: 1 });
  });
});

describe('ParallelMediaProcessor with failures', () => {
  it('falls back to sequential above 5 % failures in the last 50 jobs, says so, and resumes when 50 went well', async () => {
    const events: [boolean, number][] = [];
    const processor = new ParallelMediaProcessor(
      { maxConcurrent: 4, memoryLimitMb: 1_000_000 },
      { observer: { onFallback: (active, ratio) => events.push([active, ratio]) } },
    );
    let inFlight = 0;
    const concurrencyAt = new Map<number, number>();
    const job = async (message: Message, context: JobContext): Promise<void> => {
      inFlight += 1;
      concurrencyAt.set(message.id, inFlight);
      await settle();
      inFlight -= 1;
      context.media('photo', [20, 21, 22].includes(message.id) ? 'failed' : 'stored', 0);
    };
    await processor.processBatch(messages(120), job);
    expect(events.map(([active]) => active)).toEqual([true, false]);
    expect(events[0]?.[1]).toBeCloseTo(3 / 22, 1);
    expect(concurrencyAt.get(19)).toBeGreaterThan(1);
    expect([40, 50, 60].map((id) => concurrencyAt.get(id))).toEqual([1, 1, 1]);
    expect(concurrencyAt.get(110)).toBeGreaterThan(1);
    expect(processor.metrics().fallbackCount).toBe(1);
  });

  it('works in parallel again when counting starts anew, and says so', async () => {
    const events: boolean[] = [];
    const processor = new ParallelMediaProcessor(
      { maxConcurrent: 4, memoryLimitMb: 1_000_000 },
      { observer: { onFallback: (active) => events.push(active) } },
    );
    await processor.processBatch(messages(3), () => Promise.reject(new Error('no')));
    expect([events, processor.permitLimit]).toEqual([[true], 1]);
    processor.resetMetrics();
    expect([events, processor.permitLimit]).toEqual([[true, false], 4]);
    processor.resetMetrics();
    expect(events).toEqual([true, false]);
  });

  it('works on in parallel whatever share of the media the source refuses for good, and counts them as failed', async () => {
    const processor = new ParallelMediaProcessor({ maxConcurrent: 4, memoryLimitMb: 1_000_000 });
    await processor.processBatch(messages(50), (message, context) => {
      context.media('photo', message.id % 3 === 0 ? 'refused' : 'stored', 0);
      return Promise.resolve();
    });
    expect(processor.permitLimit).toBe(4);
    expect(processor.metrics()).toMatchObject({ fallbackCount: 0, failedMediaCount: 16, failedJobCount: 16 });
  });

  it('does not hold media that cannot be had at all against the run', async () => {
    const processor = new ParallelMediaProcessor({ maxConcurrent: 4, memoryLimitMb: 1_000_000 });
    await processor.processBatch(messages(50), (_, context) => {
      context.media('photo', 'unavailable', 0);
      return Promise.resolve();
    });
    expect(processor.metrics()).toMatchObject({
      fallbackCount: 0,
      failedMediaCount: 0,
      failedJobCount: 0,
      unavailableMediaCount: 50,
    });
  });
});

describe('ErrorRate', () => {
  it('bears two failures in fifty and trips at the third', () => {
    const rate = new ErrorRate();
    for (let job = 0; job < 47; job += 1) rate.record(false);
    expect([rate.record(true), rate.record(true), rate.tripped]).toEqual([false, false, false]);
    expect([rate.record(true), rate.tripped]).toEqual([true, true]);
    expect(rate.ratio).toBeCloseTo(0.06);
  });
});

describe('automaticConcurrency', () => {
  it.each([
    ['processing', 1, 1],
    ['processing', 8, 4],
    ['download', 1, 8],
    ['download', 3, 12],
    ['download', 32, 16],
  ] as const)('for %s on %d cores is %d', (workload, cores, expected) => {
    expect(automaticConcurrency(workload, cores)).toBe(expected);
  });
});
