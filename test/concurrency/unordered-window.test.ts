import { getEventListeners } from 'node:events';

import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { unorderedWindow } from '../../src/concurrency/unordered-window.js';
import { deferred, settle } from './deferred.js';

const never = new AbortController().signal;

async function* from<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

/** A source of items that may still have to come, which counts what it is asked for. */
class Source implements AsyncIterable<number> {
  takenCount = 0;
  closedCount = 0;
  readonly #items: readonly (number | Promise<number>)[];

  constructor(items: readonly (number | Promise<number>)[]) {
    this.#items = items;
  }

  [Symbol.asyncIterator](): AsyncIterator<number, undefined> {
    return {
      next: async () => {
        const item = this.#items[this.takenCount];
        if (item === undefined) return { done: true, value: undefined };
        this.takenCount += 1;
        return { done: false, value: await item };
      },
      return: () => {
        this.closedCount += 1;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

describe('unorderedWindow', () => {
  test.prop([fc.scheduler(), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 8 }), fc.func(fc.boolean())])(
    'yields every item once, and never runs more than its size',
    async (scheduler, count, size, fails) => {
      let running = 0;
      let most = 0;
      const work = async (item: number): Promise<number> => {
        running += 1;
        most = Math.max(most, running);
        try {
          await scheduler.schedule(Promise.resolve());
          if (fails(item)) throw new Error(`item ${item}`);
          return item * 2;
        } finally {
          running -= 1;
        }
      };
      const numbers = Array.from({ length: count }, (_, item) => item);
      const collect = async (): Promise<number[]> => {
        const items: number[] = [];
        for await (const outcome of unorderedWindow(from(numbers), work, { size, signal: never })) {
          expect(outcome.ok).toBe(!fails(outcome.item));
          items.push(outcome.item);
        }
        return items;
      };
      const items = await scheduler.waitFor(collect());
      expect(items.sort((a, b) => a - b)).toEqual(numbers);
      expect(most).toBeLessThanOrEqual(size);
    },
  );

  it('yields what is done while an earlier item still runs', async () => {
    const first = deferred();
    const work = async (item: number): Promise<void> => (item === 0 ? first.promise : undefined);
    const order: number[] = [];
    for await (const { item } of unorderedWindow(from([0, 1, 2]), work, { size: 3, signal: never })) {
      order.push(item);
      if (order.length === 2) first.resolve();
    }
    expect(order.at(-1)).toBe(0);
    expect(order).toHaveLength(3);
  });

  it('yields what is done while the source has not given its next item', async () => {
    const second = deferred();
    const source = async function* (): AsyncGenerator<number> {
      yield 1;
      await second.promise;
      yield 2;
    };
    const outcomes = unorderedWindow(source(), (item) => Promise.resolve(item), { size: 4, signal: never });
    expect((await outcomes.next()).value).toMatchObject({ value: 1 });
    second.resolve();
    expect((await outcomes.next()).value).toMatchObject({ value: 2 });
    expect((await outcomes.next()).done).toBe(true);
  });

  it('takes no more off the source than a consumer that does not come has room for', async () => {
    let takenCount = 0;
    const source = async function* (): AsyncGenerator<number> {
      for (;;) {
        takenCount += 1;
        await Promise.resolve();
        yield takenCount;
      }
    };
    const outcomes = unorderedWindow(source(), (item) => Promise.resolve(item), { size: 3, signal: never });
    await outcomes.next();
    await new Promise(setImmediate);
    expect(takenCount).toBeLessThanOrEqual(4);
    await outcomes.return();
  });

  it('yields what it has before it throws what the source threw', async () => {
    const source = async function* (): AsyncGenerator<number> {
      yield 1;
      await Promise.resolve();
      throw new Error('the source broke');
    };
    const seen: number[] = [];
    const reading = (async (): Promise<void> => {
      for await (const { item } of unorderedWindow(source(), (item) => Promise.resolve(item), {
        size: 2,
        signal: never,
      })) {
        seen.push(item);
      }
    })();
    await expect(reading).rejects.toThrow('the source broke');
    expect(seen).toEqual([1]);
  });

  it('tells the work to stop, waits for it, and closes the source when the consumer leaves', async () => {
    let isClosed = false;
    let stoppedCount = 0;
    const source = async function* (): AsyncGenerator<number> {
      try {
        for (let item = 0; ; item += 1) {
          await Promise.resolve();
          yield item;
        }
      } finally {
        isClosed = true;
      }
    };
    const work = (item: number, stop: AbortSignal): Promise<number> =>
      item === 0
        ? Promise.resolve(item)
        : new Promise((_, reject) => {
            stop.addEventListener('abort', () => {
              stoppedCount += 1;
              reject(new Error('stopped'));
            });
          });
    let startedCount = 0;
    const counted = (item: number, stop: AbortSignal): Promise<number> => {
      startedCount += 1;
      return work(item, stop);
    };
    for await (const { item } of unorderedWindow(source(), counted, { size: 3, signal: never })) {
      expect(item).toBe(0);
      break;
    }
    expect(isClosed).toBe(true);
    expect(stoppedCount).toBe(startedCount - 1);
  });

  it('ends with the reason of its signal, after the work has ended', async () => {
    const controller = new AbortController();
    let isEnded = false;
    const work = (_: number, stop: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        stop.addEventListener('abort', () => {
          setImmediate(() => {
            isEnded = true;
            reject(new Error('stopped'));
          });
        });
        controller.abort(new Error('enough'));
      });
    const outcomes = unorderedWindow(from([1]), work, { size: 1, signal: controller.signal });
    await expect(outcomes.next()).rejects.toThrow('enough');
    expect(isEnded).toBe(true);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a size of %s', async (size) => {
    const outcomes = unorderedWindow(from([1]), (item) => Promise.resolve(item), { size, signal: never });
    await expect(outcomes.next()).rejects.toThrow(`got ${size}`);
  });

  it('touches nothing when the signal is aborted already', async () => {
    const source = new Source([1]);
    const signal = AbortSignal.abort(new Error('too late'));
    const work = (): never => {
      throw new Error('work was started');
    };
    await expect(unorderedWindow(source, work, { size: 2, signal }).next()).rejects.toThrow('too late');
    expect([source.takenCount, getEventListeners(signal, 'abort')]).toEqual([0, []]);
  });

  it('tells the work why it has to stop, and leaves no listener behind', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const reasons: unknown[] = [];
    const work = (_: number, stop: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        stop.addEventListener('abort', () => {
          reasons.push(stop.reason);
          resolve();
        });
      });
    const outcomes = unorderedWindow(from([1, 2, 3]), work, { size: 2, signal: controller.signal });
    const first = outcomes.next();
    await settle();
    controller.abort(reason);
    expect(reasons).toEqual([reason, reason]);
    await expect(first).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('yields nothing more once the signal aborts, though more is done', async () => {
    const controller = new AbortController();
    const outcomes = unorderedWindow(from([1, 2]), (item) => Promise.resolve(item), {
      size: 2,
      signal: controller.signal,
    });
    expect((await outcomes.next()).done).toBe(false);
    await settle();
    controller.abort(new Error('enough'));
    const rest: unknown[] = [];
    const drain = async (): Promise<void> => {
      for await (const outcome of outcomes) rest.push(outcome);
    };
    await expect(drain()).rejects.toThrow('enough');
    expect(rest.length).toBeLessThanOrEqual(1);
  });

  it('starts no work on an item that comes after the consumer has left, and waits for that item', async () => {
    const second = deferred<number>();
    const source = new Source([1, second.promise, 3]);
    const started: number[] = [];
    const work = async (item: number): Promise<void> => {
      started.push(item);
      await settle(); // So long that the next item is asked for.
    };
    const outcomes = unorderedWindow(source, work, { size: 2, signal: never });
    await outcomes.next();
    await settle();
    let hasLeft = false;
    const leaving = outcomes.return().then(() => (hasLeft = true));
    await settle();
    expect(hasLeft).toBe(false);
    second.resolve(2);
    await leaving;
    expect([started, source.takenCount, source.closedCount]).toEqual([[1], 2, 1]);
  });

  it('closes a source that it leaves, and not one that has ended or failed by itself', async () => {
    const ended = new Source([1, 2]);
    for await (const { ok } of unorderedWindow(ended, (item) => Promise.resolve(item), { size: 2, signal: never })) {
      expect(ok).toBe(true);
    }
    expect(ended.closedCount).toBe(0);
    const failed = new Source([1, Promise.reject(new Error('the source broke'))]);
    const outcomes = unorderedWindow(failed, (item) => Promise.resolve(item), { size: 1, signal: never });
    await outcomes.next();
    await expect(outcomes.next()).rejects.toThrow('the source broke');
    expect(failed.closedCount).toBe(0);
  });
});
