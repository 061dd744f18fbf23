import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  type PartRequest,
  type PartLane,
  PartScheduler,
} from '../../../../src/source/telegram/download/part-scheduler.js';
import { neverAborted } from '../simulated-telegram.js';

const KB = 1024;
const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

interface Turn {
  readonly name: string;
  readonly release: () => void;
}

/** Asks for turns and notes the order in which they come. */
class Line {
  readonly turns: Turn[] = [];
  readonly scheduler: PartScheduler;

  constructor(scheduler: PartScheduler) {
    this.scheduler = scheduler;
  }

  ask(name: string, ask: Partial<PartRequest> = {}): void {
    const whole = { priority: 0, lane: 'large' as PartLane, sizeBytes: KB, signal: neverAborted(), ...ask };
    void this.scheduler.take(whole).then((release) => this.turns.push({ name, release }));
  }

  async names(): Promise<readonly string[]> {
    await settle();
    return this.turns.map(({ name }) => name);
  }

  release(index: number): void {
    this.turns[index]?.release();
  }
}

describe('the part scheduler', () => {
  it('starts no more requests than the limit, and the next when one ends', async () => {
    const line = new Line(new PartScheduler({ limit: 2 }));
    for (const name of ['a', 'b', 'c']) line.ask(name);
    expect(await line.names()).toEqual(['a', 'b']);
    line.release(0);
    line.release(0);
    expect(await line.names()).toEqual(['a', 'b', 'c']);
    expect(line.scheduler.heldCount).toBe(2);
  });

  it('takes the file at the head of the window first', async () => {
    const line = new Line(new PartScheduler({ limit: 1 }));
    line.ask('first');
    for (const priority of [30, 10, 20]) line.ask(String(priority), { priority });
    for (let turn = 0; turn < 3; turn += 1) {
      await settle();
      line.release(turn);
    }
    expect(await line.names()).toEqual(['first', '10', '20', '30']);
  });

  it.each([
    ['small', 'large'],
    ['large', 'small'],
  ] as const)('keeps a quarter of the requests for %s files behind %s ones', async (late, early) => {
    const line = new Line(new PartScheduler({ limit: 8 }));
    for (let part = 0; part < 20; part += 1) line.ask(early, { lane: early, priority: 1 });
    for (let part = 0; part < 20; part += 1) line.ask(late, { lane: late, priority: 2 });
    for (let turn = 0; turn < 12; turn += 1) {
      await settle();
      line.release(turn);
    }
    await settle();
    const held = line.turns.slice(12).map(({ name }) => name);
    expect(held.filter((name) => name === late)).toHaveLength(2);
    expect(held.filter((name) => name === early)).toHaveLength(6);
  });

  it('with one request at a time lets the lanes take turns', async () => {
    const line = new Line(new PartScheduler({ limit: 1 }));
    for (let part = 0; part < 3; part += 1) line.ask('large', { lane: 'large', priority: 1 });
    for (let part = 0; part < 3; part += 1) line.ask('small', { lane: 'small', priority: 2 });
    for (let turn = 0; turn < 5; turn += 1) {
      await settle();
      line.release(turn);
    }
    expect(await line.names()).toEqual(['large', 'small', 'large', 'small', 'large', 'small']);
  });

  it('bounds the bytes in flight, and fetches a larger part alone', async () => {
    const line = new Line(new PartScheduler({ limit: 10, maxBytesInFlight: 2 * KB }));
    for (const name of ['a', 'b', 'c']) line.ask(name);
    line.ask('huge', { sizeBytes: 9 * KB });
    expect(await line.names()).toEqual(['a', 'b']);
    for (const turn of [0, 1]) line.release(turn);
    expect(await line.names()).toEqual(['a', 'b', 'c']);
    line.release(2);
    expect(await line.names()).toEqual(['a', 'b', 'c', 'huge']);
  });

  it('starts more when the limit rises, and none after it fell', async () => {
    const line = new Line(new PartScheduler({ limit: 1 }));
    for (const name of ['a', 'b', 'c', 'd']) line.ask(name);
    line.scheduler.limit = 3;
    expect(await line.names()).toEqual(['a', 'b', 'c']);
    line.scheduler.limit = 1;
    for (const turn of [0, 1]) line.release(turn);
    expect(await line.names()).toEqual(['a', 'b', 'c']);
    line.release(2);
    expect(await line.names()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('continues behind a file that was cancelled', async () => {
    const line = new Line(new PartScheduler({ limit: 4, maxBytesInFlight: 2 * KB }));
    const controller = new AbortController();
    line.ask('a');
    const given = line.scheduler.take({
      priority: -1,
      lane: 'large',
      sizeBytes: 2 * KB,
      signal: controller.signal,
    });
    line.ask('b');
    expect(await line.names()).toEqual(['a']);
    controller.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    expect(await line.names()).toEqual(['a', 'b']);
  });

  it('refuses invalid limits', () => {
    for (const limit of [0, 1.5, -1, NaN]) expect(() => new PartScheduler({ limit })).toThrow(String(limit));
    expect(() => new PartScheduler({ limit: 1, maxBytesInFlight: 0 })).toThrow('maxBytesInFlight');
  });

  it('keeps its bounds and serves all requests, whatever ends, is cancelled or changes', async () => {
    const part = fc.record({
      priority: fc.integer({ min: 0, max: 5 }),
      lane: fc.constantFrom<PartLane>('small', 'large'),
      sizeBytes: fc.integer({ min: 1, max: 40 }),
      givenUp: fc.boolean(),
      limit: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    });
    const endings = fc.infiniteStream(fc.nat());
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 40 }), endings, async (parts, ends) => {
        const scheduler = new PartScheduler({ limit: 3, maxBytesInFlight: 60 });
        const held: (() => void)[] = [];
        const controllers: AbortController[] = [];
        let settledCount = 0;
        let largestLimit = 3;
        const step = async (): Promise<void> => {
          await settle();
          expect(scheduler.heldCount).toBeLessThanOrEqual(largestLimit);
          expect(scheduler.bytesInFlight).toBeLessThanOrEqual(60);
        };
        for (const { limit, givenUp, ...ask } of parts) {
          const controller = new AbortController();
          if (givenUp) controllers.push(controller);
          scheduler.take({ ...ask, signal: controller.signal }).then(
            (release) => {
              settledCount += 1;
              held.push(release);
            },
            () => {
              settledCount += 1;
            },
          );
          if (limit !== undefined) {
            scheduler.limit = limit;
            largestLimit = Math.max(largestLimit, limit);
          }
          await step();
          const next = Number(ends.next().value);
          if (next % 3 === 0) held.splice(next % (held.length + 1), 1)[0]?.();
          if (next % 5 === 0) controllers.pop()?.abort(new Error('given up'));
        }
        for (let rounds = 0; settledCount < parts.length || held.length > 0; rounds += 1) {
          expect(rounds).toBeLessThan(parts.length * 2 + 2);
          await step();
          for (const release of held.splice(0)) release();
        }
        expect([scheduler.heldCount, scheduler.bytesInFlight, scheduler.isSaturated]).toEqual([0, 0, false]);
      }),
      { numRuns: 100 },
    );
  });
});
