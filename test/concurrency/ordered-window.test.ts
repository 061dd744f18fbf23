import { getEventListeners } from 'node:events';

import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Outcome, orderedWindow } from '../../src/concurrency/ordered-window.js';
import { deferred, settle } from './deferred.js';

const never = new AbortController().signal;

/** An async source that counts how many items have been taken off it. */
class CountingSource implements AsyncIterable<number> {
  takenCount = 0;
  closed = false;
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    try {
      for (let item = 0; item < this.#count; item += 1) {
        await Promise.resolve();
        this.takenCount += 1;
        yield item;
      }
    } finally {
      this.closed = true;
    }
  }
}

async function collect<T>(outcomes: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const outcome of outcomes) collected.push(outcome);
  return collected;
}

describe('orderedWindow', () => {
  test.prop([fc.scheduler(), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 8 }), fc.func(fc.boolean())])(
    'yields every item once and in source order, whatever the order in which the work ends',
    async (scheduler, count, size, fails) => {
      const work = async (item: number): Promise<number> => {
        await scheduler.schedule(Promise.resolve());
        if (fails(item)) throw new Error(`item ${item}`);
        return item * 2;
      };
      const outcomes = collect(orderedWindow(new CountingSource(count), work, { size, signal: never }));
      const done = await scheduler.waitFor(outcomes);
      expect(done.map(({ item }) => item)).toEqual(Array.from({ length: count }, (_, item) => item));
      for (const outcome of done) {
        if (outcome.ok) expect(outcome.value).toBe(outcome.item * 2);
        else expect(fails(outcome.item)).toBe(true);
      }
    },
  );

  it('takes no more than its size off the source while the head is slow', async () => {
    const source = new CountingSource(100);
    const head = deferred();
    const window = orderedWindow(source, (item) => (item === 0 ? head.promise : Promise.resolve()), {
      size: 5,
      signal: never,
    });
    const first = window.next();
    await settle();
    expect(source.takenCount).toBe(5);
    head.resolve();
    await first;
    await window.return();
    expect(source.closed).toBe(true);
  });

  it('goes on pulling and starting work while the consumer is busy', async () => {
    const source = new CountingSource(10);
    const started: number[] = [];
    const work = (item: number): number => {
      started.push(item);
      return item;
    };
    const window = orderedWindow(source, work, { size: 4, signal: never });
    await window.next();
    await settle();
    expect(started).toEqual([0, 1, 2, 3, 4]);
    await window.return();
  });

  it('yields what came before an error of the source, and then throws it', async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      await Promise.resolve();
      yield 2;
      throw new Error('connection lost');
    }
    const seen: number[] = [];
    const consume = async (): Promise<void> => {
      const work = async (item: number): Promise<number> => {
        await settle();
        return item;
      };
      for await (const { item } of orderedWindow(failing(), work, { size: 10, signal: never })) seen.push(item);
    };
    await expect(consume()).rejects.toThrow('connection lost');
    expect(seen).toEqual([1, 2]);
  });

  it('tells the workers to stop and waits for them when the consumer leaves', async () => {
    let running = 0;
    const work = async (item: number, signal: AbortSignal): Promise<void> => {
      if (item === 0) return;
      running += 1;
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => setImmediate(resolve), { once: true });
      });
      running -= 1;
    };
    const source = new CountingSource(10);
    for await (const outcome of orderedWindow(source, work, { size: 4, signal: never })) {
      expect(outcome.ok).toBe(true);
      await settle();
      expect(running).toBeGreaterThan(0);
      break;
    }
    expect(running).toBe(0);
    expect(source.closed).toBe(true);
  });

  it('throws the reason as soon as the signal aborts, although the head never ends by itself', async () => {
    const controller = new AbortController();
    const work = (_: number, signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener(
          'abort',
          () => {
            reject(signal.reason as Error);
          },
          { once: true },
        );
      });
    const window = orderedWindow(new CountingSource(3), work, { size: 2, signal: controller.signal });
    const first = window.next();
    await settle();
    controller.abort(new Error('user cancelled'));
    await expect(first).rejects.toThrow('user cancelled');
  });

  it('reports work that throws at once like work that rejects', async () => {
    const boom = new Error('boom');
    const work = (): never => {
      throw boom;
    };
    const outcomes: Outcome<number, never>[] = await collect(
      orderedWindow(new CountingSource(1), work, { size: 1, signal: never }),
    );
    expect(outcomes).toEqual([{ ok: false, item: 0, error: boom }]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a size of %s', async (size) => {
    const window = orderedWindow(new CountingSource(1), (item) => item, { size, signal: never });
    await expect(window.next()).rejects.toThrow(RangeError);
  });

  it('touches nothing when the signal is aborted already', async () => {
    const source = new CountingSource(3);
    const work = (): never => {
      throw new Error('work was started');
    };
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(orderedWindow(source, work, { size: 2, signal }).next()).rejects.toThrow('too late');
    expect([source.takenCount, getEventListeners(signal, 'abort')]).toEqual([0, []]);
  });

  it('tells the workers why they have to stop, and leaves no listener behind', async () => {
    const controller = new AbortController();
    const reason = new Error('user cancelled');
    const reasons: unknown[] = [];
    const work = (_: number, stop: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        stop.addEventListener('abort', () => {
          reasons.push(stop.reason);
          resolve();
        });
      });
    const window = orderedWindow(new CountingSource(9), work, { size: 3, signal: controller.signal });
    const first = window.next();
    await settle();
    controller.abort(reason);
    expect(reasons).toEqual([reason, reason, reason]);
    await expect(first).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);

    const { signal } = new AbortController();
    await collect(orderedWindow(new CountingSource(2), (item) => item, { size: 3, signal }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('takes no further item and starts no further work once the consumer has left', async () => {
    const source = new CountingSource(100);
    const started: number[] = [];
    const work = (item: number): number => {
      started.push(item);
      return item;
    };
    const window = orderedWindow(source, work, { size: 3, signal: never });
    await window.next();
    await settle();
    const [takenCount, startedCount] = [source.takenCount, started.length];
    await window.return();
    await settle();
    expect(source.takenCount - takenCount).toBeLessThanOrEqual(1);
    expect(started).toHaveLength(startedCount);
  });

  it('throws whatever the source throws, also when it is nothing', async () => {
    // eslint-disable-next-line require-yield, @typescript-eslint/require-await -- It fails before its first item.
    async function* failing(): AsyncGenerator<number> {
      throw undefined; // eslint-disable-line @typescript-eslint/only-throw-error -- Libraries do.
    }
    await expect(collect(orderedWindow(failing(), (item) => item, { size: 1, signal: never }))).rejects.toBe(undefined);
  });

  it('keeps one item at a time with a size of one', async () => {
    const source = new CountingSource(5);
    let running = 0;
    const work = async (item: number): Promise<number> => {
      running += 1;
      expect(running).toBe(1);
      await settle();
      running -= 1;
      return item;
    };
    const outcomes = await collect(orderedWindow(source, work, { size: 1, signal: never }));
    expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual([0, 1, 2, 3, 4]);
  });
});
