import { describe, expect, it } from 'vitest';

import { ParallelMediaProcessor } from '../../../src/pipeline/processor/parallel-media-processor.js';
import { deferred, settle } from '../../concurrency/deferred.js';

const PLENTY = { memoryLimitMb: 1_000_000 };

describe('A processor of items that are no messages', () => {
  it('gives each a permit, whatever it is, and yields the results in the order of the items', async () => {
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 2 });
    const items = ['a path', 7, null, undefined, { url: 'http://127.0.0.1' }, { media: 'not a list' }, ['media']];
    const open = deferred();
    let running = 0;
    let peak = 0;
    const batch = processor.processBatch(items, async (item) => {
      running += 1;
      peak = Math.max(peak, running);
      await open.promise;
      running -= 1;
      return typeof item;
    });
    await settle();
    expect(running).toBe(2);
    open.resolve();
    const outcomes = await batch;
    expect(peak).toBe(2);
    expect(outcomes).toEqual(items.map((item) => ({ ok: true, item, value: typeof item })));
    expect(processor.metrics()).toMatchObject({ jobCount: items.length, bypassedCount: 0 });
  });

  it('starts an item with an empty list of media at once, past the permits', async () => {
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 1 });
    const started: number[] = [];
    const open = deferred();
    const batch = processor.processBatch([{ id: 1 }, { id: 2 }, { id: 3, media: [] }], async ({ id }) => {
      started.push(id);
      await open.promise;
    });
    await settle();
    expect(started.sort()).toEqual([1, 3]);
    open.resolve();
    await batch;
  });
});
