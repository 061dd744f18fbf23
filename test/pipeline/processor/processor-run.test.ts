import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Message } from '../../../src/chat/message.js';
import { type JobContext, ParallelMediaProcessor } from '../../../src/pipeline/processor/parallel-media-processor.js';
import type { ProcessorRun } from '../../../src/pipeline/processor/processor-run.js';
import { deferred, settle } from '../../concurrency/deferred.js';
import { mediaMessage } from '../message-maker.js';
import { fairStarts, type JobStart, type PlannedRun } from './fair-share-oracle.js';

const PLENTY = { memoryLimitMb: 1_000_000 };
const MEBIBYTE = 1024 * 1024;
const messages = (count: number): Message[] => Array.from({ length: count }, (_, index) => mediaMessage(index + 1));

async function* stream(items: readonly Message[]): AsyncGenerator<Message> {
  for (const item of items) yield await Promise.resolve(item);
}

const plannedRun: fc.Arbitrary<PlannedRun> = fc.record({
  arrivalMs: fc.nat({ max: 60 }),
  durationsMs: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 14 }),
  fails: fc.boolean(),
});

/** Runs that share one processor on a clock of their own, from the first arrival to the last end. */
class SharedProcessor {
  readonly starts: JobStart[] = [];
  readonly runs: readonly ProcessorRun[];
  readonly #plans: readonly PlannedRun[];
  /** In the order in which they start; of equal times the first comes first. */
  readonly #ends: { readonly atMs: number; readonly end: () => void }[] = [];
  #nowMs = 0;

  constructor(plans: readonly PlannedRun[], permitCount: number, isMemoryHigh: boolean) {
    const processor = new ParallelMediaProcessor(
      { maxConcurrent: permitCount, memoryLimitMb: 100 },
      {
        now: () => this.#nowMs,
        readResidentBytes: () => Promise.resolve((isMemoryHigh ? 101 : 1) * MEBIBYTE),
      },
    );
    this.#plans = plans;
    this.runs = plans.map(() => processor.startRun());
  }

  /** @returns the ids of the outcomes of each run, in the order in which they came. */
  async finish(): Promise<readonly (readonly number[])[]> {
    const arrivals = this.#plans.map(({ arrivalMs }, run) => ({ run, atMs: arrivalMs }));
    arrivals.sort((one, other) => one.atMs - other.atMs);
    const outcomes: Promise<readonly { readonly item: Message }[]>[] = [];
    for (;;) {
      this.#ends.sort((one, other) => one.atMs - other.atMs);
      const [arrival, end] = [arrivals[0], this.#ends[0]];
      if (arrival !== undefined && arrival.atMs <= (end?.atMs ?? Infinity)) {
        arrivals.shift();
        this.#nowMs = arrival.atMs;
        outcomes[arrival.run] = this.#begin(arrival.run);
      } else if (end !== undefined) {
        this.#ends.shift();
        this.#nowMs = end.atMs;
        end.end();
      } else break;
      await settle();
    }
    return (await Promise.all(outcomes)).map((run) => run.map(({ item }) => item.id));
  }

  async #begin(index: number): Promise<readonly { readonly item: Message }[]> {
    const plan = this.#plans[index];
    const run = this.runs[index];
    if (plan === undefined || run === undefined) throw new RangeError(`there is no run ${index}`);
    return run.processBatch(messages(plan.durationsMs.length), async (message, context) => {
      const job = message.id - 1;
      this.starts.push({ run: index, job, atMs: this.#nowMs });
      const { promise, resolve } = deferred();
      this.#ends.push({ atMs: this.#nowMs + (plan.durationsMs[job] ?? 0), end: resolve });
      await promise;
      context.media('photo', plan.fails ? 'failed' : 'stored', 10);
    });
  }
}

/** How often others were served while a run held nothing and had jobs waiting: the worst of all such waits. */
function mostServedBefore(starts: readonly JobStart[], plans: readonly PlannedRun[], run: number): number {
  const { arrivalMs = 0, durationsMs = [] } = plans[run] ?? {};
  let [servedCount, worst, startedCount, idleFromMs] = [0, 0, 0, arrivalMs];
  for (const { run: served, atMs, job } of starts) {
    if (startedCount === durationsMs.length) break;
    if (served === run) {
      startedCount += 1;
      servedCount = 0;
      idleFromMs = Math.max(idleFromMs, atMs + (durationsMs[job] ?? 0));
    } else if (atMs > idleFromMs) {
      worst = Math.max(worst, (servedCount += 1));
    }
  }
  return worst;
}

describe('runs that share a processor', () => {
  test.prop([fc.array(plannedRun, { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 5 }), fc.boolean()])(
    'get equal parts of the permits, whatever they have to do, how much fails, and how high memory is',
    async (plans, permitCount, isMemoryHigh) => {
      const shared = new SharedProcessor(plans, permitCount, isMemoryHigh);
      const outcomes = await shared.finish();
      const expected = fairStarts(plans, isMemoryHigh ? 1 : permitCount);
      expect(shared.starts).toEqual(expected);
      for (const [index, { durationsMs, fails }] of plans.entries()) {
        const own = expected.filter(({ run }) => run === index);
        const busyMs = durationsMs.reduce((sum, ms) => sum + ms, 0);
        const endMs = Math.max(...own.map(({ job, atMs }) => atMs + (durationsMs[job] ?? 0)));
        const { activeMs, meanConcurrency, ...counts } = shared.runs[index]?.metrics() ?? {};
        expect(outcomes[index]).toEqual(durationsMs.map((_, job) => job + 1));
        expect(counts).toMatchObject({
          jobCount: durationsMs.length,
          failedJobCount: fails ? durationsMs.length : 0,
          bytes: durationsMs.length * 10,
          throttleCount: isMemoryHigh ? 1 : 0,
          fallbackCount: fails && durationsMs.length > 2 && permitCount > 1 ? 1 : 0,
        });
        expect(activeMs).toBe(endMs - (own[0]?.atMs ?? 0));
        expect(meanConcurrency).toBeCloseTo(busyMs / (activeMs ?? 1));
        // No starvation, whatever the rule: nobody is served twice before a run that waits with nothing in hand.
        expect(mostServedBefore(shared.starts, plans, index)).toBeLessThan(plans.length);
      }
    },
  );

  it('give a second run the first permit that is returned, however long the queue of the first is', async () => {
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 2 });
    const started: string[] = [];
    const ends = new Map<string, () => void>();
    const job = (name: string) => (message: Message) => {
      const { promise, resolve } = deferred();
      started.push(`${name}${message.id}`);
      ends.set(`${name}${message.id}`, resolve);
      return promise;
    };
    const first = processor.startRun();
    const second = processor.startRun();
    const long = first.processBatch(messages(400), job('a'));
    await settle();
    const short = second.processBatch(messages(2), job('b'));
    await settle();
    expect(started).toEqual(['a1', 'a2']);
    ends.get('a1')?.();
    await settle();
    expect(started).toEqual(['a1', 'a2', 'b1']);
    expect([first.permitLimit, second.permitLimit, processor.permitsHeld]).toEqual([1, 1, 2]);
    for (const end of ['b1', 'b2']) {
      ends.get(end)?.();
      await settle();
    }
    await short;
    expect(second.metrics()).toMatchObject({ jobCount: 2, peakConcurrency: 1 });
    expect(first.permitLimit).toBe(2);
    while (processor.permitsHeld > 0) {
      for (const end of ends.values()) end();
      await settle();
    }
    await long;
    expect(first.metrics()).toMatchObject({ jobCount: 400, peakConcurrency: 2 });
  });

  it('keep their failures to themselves', async () => {
    const fallbacks: string[] = [];
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 4 });
    const observed = (name: string): ProcessorRun =>
      processor.startRun({ observer: { onFallback: (active) => fallbacks.push(`${name} ${active}`) } });
    const [failing, sound] = [observed('failing'), observed('sound')];
    await failing.processBatch(messages(5), () => Promise.reject(new Error('lost')));
    const peaks: number[] = [];
    const inFlight = async (): Promise<void> => {
      peaks.push(sound.concurrency().inFlight);
      await settle();
    };
    await sound.processBatch(messages(8), inFlight);
    expect(fallbacks).toEqual(['failing true']);
    expect([failing.permitLimit, sound.permitLimit, Math.max(...peaks)]).toEqual([1, 4, 4]);
    expect(failing.metrics()).toMatchObject({ jobCount: 5, failedJobCount: 5, fallbackCount: 1 });
    expect(sound.metrics()).toMatchObject({ jobCount: 8, failedJobCount: 0, fallbackCount: 0 });
    expect(processor.metrics().jobCount).toBe(0);
    failing.resetMetrics();
    expect([fallbacks.at(-1), failing.permitLimit]).toEqual(['failing false', 4]);
  });

  it('count permits that another run holds as not to be had', async () => {
    let nowMs = 0;
    const processor = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 4 }, { now: () => nowMs });
    const [first, second] = [processor.startRun(), processor.startRun()];
    const ends = [deferred(), deferred(), deferred()];
    const one = first.processBatch(messages(1), () => ends[0]?.promise ?? settle());
    await settle();
    nowMs = 100; // One of four was in use; then two others are taken away.
    const two = second.processBatch(messages(2), ({ id }) => ends[id]?.promise ?? settle());
    await settle();
    nowMs = 200;
    for (const end of ends) end.resolve();
    await Promise.all([one, two]);
    expect(first.metrics()).toMatchObject({ meanConcurrency: 1, utilisation: 200 / (4 * 100 + 2 * 100) });
    expect(second.metrics()).toMatchObject({ meanConcurrency: 2, utilisation: 2 / 3 });
  });

  it('are all told when memory takes the permits away, also one that comes later', async () => {
    const processor = new ParallelMediaProcessor(
      { maxConcurrent: 4, memoryLimitMb: 1 },
      { readResidentBytes: () => Promise.resolve(2 * MEBIBYTE) },
    );
    const told: string[] = [];
    const begin = async (name: string): Promise<void> => {
      const run = processor.startRun({ observer: { onThrottle: ({ closed }) => told.push(`${name} ${closed}`) } });
      await run.processBatch(messages(3), () => settle());
      expect(run.metrics()).toMatchObject({ jobCount: 3, peakConcurrency: 1, throttleCount: 1 });
      expect(run.concurrency().throttled).toBe(true);
    };
    await Promise.all([begin('a'), begin('b')]);
    await begin('c');
    expect(told.sort()).toEqual(['a true', 'b true', 'c true']);
  });

  it('yield outcomes as they come where order is of no use', async () => {
    const run = new ParallelMediaProcessor({ ...PLENTY, maxConcurrent: 2 }).startRun();
    const ends = [deferred(), deferred(), deferred()];
    const ids: number[] = [];
    const job = ({ id }: Message, { signal }: JobContext): Promise<void> => {
      signal.throwIfAborted();
      return ends[id - 1]?.promise ?? settle();
    };
    const consume = (async () => {
      for await (const { item } of run.processUnordered(stream(messages(3)), job)) ids.push(item.id);
    })();
    await settle();
    for (const index of [1, 2, 0]) {
      ends[index]?.resolve();
      await settle();
    }
    await consume;
    expect(ids).toEqual([2, 3, 1]);
    expect(run.metrics()).toMatchObject({ jobCount: 3, peakConcurrency: 2 });
  });
});
