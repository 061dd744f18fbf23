import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Message } from '../../../src/chat/message.js';
import { type JobContext, ParallelMediaProcessor } from '../../../src/pipeline/processor/parallel-media-processor.js';
import { type Deferred, deferred, settle } from '../../concurrency/deferred.js';
import { mediaMessage, textMessage } from '../message-maker.js';

const PLENTY = { memoryLimitMb: 1_000_000 };

/** Jobs that end when the test says so, and what of them runs. */
class Workshop {
  readonly running = new Set<number>();
  peak = 0;
  readonly #ends = new Map<number, Deferred<void>>();

  readonly job = async (message: Message): Promise<number> => {
    this.running.add(message.id);
    this.peak = Math.max(this.peak, this.running.size);
    const end = deferred();
    this.#ends.set(message.id, end);
    try {
      await end.promise;
      return message.id;
    } finally {
      this.running.delete(message.id);
    }
  };

  finish(id: number): void {
    this.#ends.get(id)?.resolve();
  }

  fail(id: number): void {
    this.#ends.get(id)?.reject(new Error(`job ${id}`));
  }

  /** Lets every job run to its end, in the order in which they start. */
  async finishAll(): Promise<void> {
    await settle();
    while (this.running.size > 0) {
      for (const id of this.running) this.finish(id);
      await settle();
    }
  }
}

const mediaMessages = (count: number): Message[] =>
  Array.from({ length: count }, (_, index) => mediaMessage(index + 1));

async function* stream(messages: readonly Message[]): AsyncGenerator<Message> {
  for (const message of messages) yield await Promise.resolve(message);
}

describe('ParallelMediaProcessor', () => {
  it('runs jobs at the same time, up to its limit and never above', async () => {
    const workshop = new Workshop();
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 3 });
    const batch = processor.processBatch(mediaMessages(10), workshop.job);
    await settle();
    expect([...workshop.running]).toEqual([1, 2, 3]);
    await workshop.finishAll();
    await batch;
    expect(workshop.peak).toBe(3);
    expect(processor.metrics()).toMatchObject({ jobCount: 10, peakConcurrency: 3 });
  });

  it('runs one job at a time when parallel work is switched off', async () => {
    const workshop = new Workshop();
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 8, enableParallel: false });
    const batch = processor.processBatch(mediaMessages(5), workshop.job);
    await workshop.finishAll();
    expect((await batch).map(({ item }) => item.id)).toEqual([1, 2, 3, 4, 5]);
    expect(workshop.peak).toBe(1);
  });

  test.prop([fc.scheduler(), fc.array(fc.boolean(), { maxLength: 40 }), fc.integer({ min: 1, max: 6 })])(
    'keeps the order of the messages, whatever the order in which jobs end',
    async (scheduler, carriesMedia, maxConcurrent) => {
      const messages = carriesMedia.map((media, id) => (media ? mediaMessage(id) : textMessage(id)));
      const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent, windowSize: 7 });
      const job = (message: Message): Promise<number> => scheduler.schedule(Promise.resolve(message.id));
      const batch = await scheduler.waitFor(processor.processBatch(messages, job));
      expect(batch.map((outcome) => outcome.ok && outcome.value)).toEqual(messages.map(({ id }) => id));
      const streamed: number[] = [];
      const consume = async (): Promise<void> => {
        for await (const { item } of processor.processStream(stream(messages), job)) streamed.push(item.id);
      };
      await scheduler.waitFor(consume());
      expect(streamed).toEqual(messages.map(({ id }) => id));
      expect(processor.metrics().peakConcurrency).toBeLessThanOrEqual(maxConcurrent);
    },
  );

  it('lets messages without media pass while all permits are taken', async () => {
    const workshop = new Workshop();
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 1 });
    const batch = processor.processBatch(
      [mediaMessage(1), mediaMessage(2), textMessage(3), textMessage(4)],
      workshop.job,
    );
    await settle();
    expect([...workshop.running]).toEqual([1, 3, 4]);
    await workshop.finishAll();
    await batch;
    expect(processor.metrics()).toMatchObject({ jobCount: 2, bypassedCount: 2, peakConcurrency: 1 });
  });

  it('reports failing jobs as values in their place and gives every permit back', async () => {
    const workshop = new Workshop();
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 2 });
    const batch = processor.processBatch(mediaMessages(4), workshop.job);
    await settle();
    workshop.fail(1);
    workshop.fail(2);
    await workshop.finishAll();
    expect((await batch).map(({ ok }) => ok)).toEqual([false, false, true, true]);
    expect(processor.permitsHeld).toBe(0);
    expect(processor.metrics()).toMatchObject({ jobCount: 4, failedJobCount: 2 });
  });

  it('keeps its permits busy across the batches of a stream', async () => {
    const workshop = new Workshop();
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 2, windowSize: 10 });
    const ids: number[] = [];
    const consume = (async () => {
      for await (const { item } of processor.processStream(stream(mediaMessages(6)), workshop.job)) ids.push(item.id);
    })();
    await settle();
    workshop.finish(2);
    await settle();
    workshop.finish(3);
    await settle();
    expect([...workshop.running]).toEqual([1, 4]); // A slow head does not hold up those behind it.
    expect(ids).toEqual([]);
    await workshop.finishAll();
    await consume;
    expect(ids).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('counts what it did, by kind, with its concurrency weighted by time', async () => {
    let nowMs = 0;
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 2 }, { now: () => nowMs });
    const workshop = new Workshop();
    const job = async (message: Message, context: JobContext): Promise<void> => {
      await workshop.job(message);
      const [media] = message.media;
      if (media !== undefined) context.media(media.kind, message.id === 3 ? 'failed' : 'stored', media.sizeBytes ?? 0);
    };
    const messages = [mediaMessage(1, 'photo', 100), mediaMessage(2, 'video', 900), mediaMessage(3, 'photo', 0)];
    const batch = processor.processBatch(messages, job);
    await settle();
    nowMs = 100;
    workshop.finish(1); // Two ran for 100 ms; now 2 and 3 run.
    await settle();
    nowMs = 200;
    workshop.finish(2);
    await settle();
    nowMs = 400;
    workshop.finish(3); // One ran for 200 ms.
    await batch;
    expect(processor.metrics()).toMatchObject({
      mediaCount: 3,
      failedMediaCount: 1,
      failedJobCount: 1,
      bytes: 1000,
      byKind: { photo: { total: 2, failed: 1, bytes: 100 }, video: { total: 1, failed: 0, bytes: 900 } },
      meanConcurrency: 1.5,
      utilisation: 0.75,
      activeMs: 400,
      maxQueueWaitMs: 100,
    });
  });

  it('starts counting anew when its metrics are reset', async () => {
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 2 });
    await processor.processBatch(mediaMessages(3), () => Promise.reject(new Error('boom')));
    processor.resetMetrics();
    expect(processor.metrics()).toMatchObject({ jobCount: 0, failedJobCount: 0, peakConcurrency: 0, fallbackCount: 0 });
    await processor.processBatch(mediaMessages(2), () => Promise.resolve());
    expect(processor.metrics()).toMatchObject({ jobCount: 2, failedJobCount: 0 });
  });

  it('stops and throws the reason when the signal aborts, with every permit given back', async () => {
    const controller = new AbortController();
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 2 });
    const job = (_: Message, { signal }: JobContext): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener(
          'abort',
          () => {
            reject(signal.reason as Error);
          },
          { once: true },
        );
      });
    const batch = processor.processBatch(mediaMessages(5), job, controller.signal);
    await settle();
    controller.abort(new Error('user cancelled'));
    await expect(batch).rejects.toThrow('user cancelled');
    await settle();
    expect(processor.permitsHeld).toBe(0);
  });

  it.each([
    [{ maxConcurrent: -1 }, 'maxConcurrent must be an integer from 0 (automatic) to 64, got -1.'],
    [{ maxConcurrent: 1.5 }, 'got 1.5'],
    [{ maxConcurrent: 65 }, 'got 65'],
    [{ memoryLimitMb: 0 }, 'memoryLimitMb must be more than 0, got 0.'],
    [{ checkMemoryInterval: 0 }, 'checkMemoryInterval'],
    [{ windowSize: 0 }, 'windowSize'],
  ])('refuses %j', (part, message) => {
    expect(() => new ParallelMediaProcessor({ ...PLENTY, ...part })).toThrow(message);
  });
});
