import { describe, expect, it } from 'vitest';

import { AdaptiveLimit, type CompletedRequest, type LimitReason } from '../../src/concurrency/adaptive-limit.js';

const BYTES = 1024;

/** A limit whose every answer the test gives, on a clock that the test turns. */
class Stage {
  readonly limit: AdaptiveLimit;
  #nowMs = 0;

  constructor(initial: number, { min = 1, max = 64 } = {}) {
    this.limit = new AdaptiveLimit({ initial, min, max, now: () => this.#nowMs });
  }

  /** Lets `count` requests be answered at one time. @returns the limit from then on. */
  answer(atMs: number, count: number, parts: Partial<CompletedRequest>): number {
    const { bytes = BYTES, latencyMs = 8, isSaturated = true } = parts;
    this.#nowMs = atMs;
    for (let done = 0; done < count; done += 1) this.limit.completed({ bytes, latencyMs, isSaturated });
    return this.limit.limit;
  }

  lose(atMs: number, reason: 'flood-wait' | 'timeout' | 'lost' = 'lost'): number {
    this.#nowMs = atMs;
    this.limit.lost(reason);
    return this.limit.limit;
  }

  changes(): readonly (readonly [LimitReason, number])[] {
    return this.limit.decisions.map(({ reason, limit }) => [reason, limit]);
  }
}

describe('an adaptive limit that doubles', () => {
  it('does so when as many requests are answered as it lets run', () => {
    const stage = new Stage(4);
    expect(stage.answer(8, 3, {})).toBe(4);
    expect(stage.answer(8, 1, {})).toBe(8);
    expect(stage.answer(16, 7, {})).toBe(8);
    expect(stage.answer(16, 1, {})).toBe(16);
    expect(stage.limit.decisions).toEqual([
      { timeMs: 8, limit: 8, reason: 'grow' },
      { timeMs: 16, limit: 16, reason: 'grow' },
    ]);
  });

  it('ignores answers to requests from before the last change', () => {
    const stage = new Stage(2);
    expect(stage.answer(8, 2, {})).toBe(4);
    expect(stage.answer(15, 20, {})).toBe(4);
    expect(stage.answer(16, 4, {})).toBe(8);
  });

  it('goes on while a byte takes up to 1.5 times what it took at best, and then gives up a quarter', () => {
    const stage = new Stage(3);
    expect(stage.answer(8, 3, { latencyMs: 8 })).toBe(6);
    expect(stage.answer(20, 6, { latencyMs: 12 })).toBe(12); // 1.5 times 8
    expect(stage.answer(32, 12, { latencyMs: 12 })).toBe(24); // 1.5 times 8, and a little: the best is forgotten slowly.
    expect(stage.answer(45, 24, { latencyMs: 13 })).toBe(18);
    expect(stage.changes().at(-1)).toEqual(['latency', 18]);

    const odd = new Stage(3);
    odd.answer(8, 3, { latencyMs: 8 });
    expect(odd.answer(24, 6, { latencyMs: 13 })).toBe(5); // Three quarters of 6, rounded up.
  });

  it('does not grow on answers of which less than half were held up by it, nor on empty ones', () => {
    const stage = new Stage(4);
    stage.answer(8, 1, {});
    expect(stage.answer(8, 3, { isSaturated: false })).toBe(4);
    stage.answer(16, 2, {});
    expect(stage.answer(16, 1, { isSaturated: false })).toBe(4);
    expect(stage.answer(16, 1, { isSaturated: false })).toBe(8);
    expect(stage.answer(24, 8, { bytes: 0 })).toBe(8);
    expect(stage.answer(32, 8, {})).toBe(16);
  });

  it('stops at its maximum, and notes no change where there is none', () => {
    const stage = new Stage(4, { max: 6 });
    expect(stage.answer(8, 4, {})).toBe(6);
    expect(stage.answer(16, 6, {})).toBe(6);
    expect(stage.changes()).toEqual([['grow', 6]]);
  });
});

/** A limit of 7 that does not double any more; its clock stands at 0. */
function steadySeven(): Stage {
  const stage = new Stage(14);
  expect(stage.lose(0)).toBe(7);
  return stage;
}

describe('an adaptive limit after its first loss', () => {
  it('judges after twice as many answers as it lets run, and not before 100 ms', () => {
    const many = steadySeven();
    expect(many.answer(99, 14, { latencyMs: 99 })).toBe(7);
    expect(many.answer(100, 1, {})).toBe(8);
    const few = steadySeven();
    expect(few.answer(100, 13, { latencyMs: 100 })).toBe(7);
    expect(few.answer(100, 1, { latencyMs: 100 })).toBe(8);
  });

  it('counts answers to requests from before, unlike while it doubles', () => {
    const stage = steadySeven();
    expect(stage.answer(128, 14, { latencyMs: 500 })).toBe(8);
  });

  it('keeps one more when throughput grows by half of its part, and takes it back when it grows by less', () => {
    const worth = steadySeven();
    expect(worth.answer(128, 14, { latencyMs: 128 })).toBe(8); // 112 bytes a millisecond
    // Half of an eighth more are 119. The time in which nobody asked for anything does not count.
    expect(worth.answer(10_128, 16, { latencyMs: 128, bytes: 952 })).toBe(9);
    const notWorth = steadySeven();
    notWorth.answer(128, 14, { latencyMs: 128 });
    expect(notWorth.answer(256, 16, { latencyMs: 128, bytes: 951 })).toBe(7);
    expect(notWorth.changes()).toEqual([
      ['lost', 7],
      ['grow', 8],
      ['latency', 7],
    ]);
  });

  it('forgets the best throughput slowly', () => {
    const stage = steadySeven();
    stage.answer(128, 14, { latencyMs: 128 }); // 112
    expect(stage.answer(256, 16, { latencyMs: 128, bytes: 800 })).toBe(7); // 100; the best counts as 109.76.
    expect(stage.answer(384, 14, { latencyMs: 128, bytes: 1070 })).toBe(7); // 117.03, where 117.6 are needed.
    const other = steadySeven();
    other.answer(128, 14, { latencyMs: 128 });
    other.answer(256, 16, { latencyMs: 128, bytes: 800 });
    expect(other.answer(384, 14, { latencyMs: 128, bytes: 1080 })).toBe(8); // 118.1
  });

  it('tries one more after eight epochs in which nothing changed', () => {
    const stage = steadySeven();
    stage.answer(128, 14, { latencyMs: 128 });
    expect(stage.answer(256, 16, { latencyMs: 128, bytes: 896 })).toBe(7); // As much as before the eighth.
    for (let epoch = 1; epoch <= 7; epoch += 1) {
      expect(stage.answer(256 + epoch * 128, 14, { latencyMs: 128 })).toBe(7);
    }
    expect(stage.answer(256 + 8 * 128, 14, { latencyMs: 128 })).toBe(8);
    expect(stage.changes().at(-1)).toEqual(['grow', 8]);
    // What was tried has to show that it is worth it, and does not.
    expect(stage.answer(256 + 9 * 128, 16, { latencyMs: 128, bytes: 896 })).toBe(7);
    expect(stage.answer(256 + 10 * 128, 14, { latencyMs: 128 })).toBe(7);
  });

  it('gives up one when a byte takes more than twice what it took at best', () => {
    const stage = steadySeven();
    stage.answer(128, 14, { latencyMs: 128 });
    stage.answer(256, 16, { latencyMs: 128, bytes: 896 }); // Taken back: 7 again.
    expect(stage.answer(384, 14, { latencyMs: 250 })).toBe(7);
    expect(stage.answer(512, 14, { latencyMs: 258 })).toBe(7); // The best is forgotten slowly: 2 percent each time.
    expect(stage.answer(640, 14, { latencyMs: 290 })).toBe(6);
    expect(stage.changes().at(-1)).toEqual(['latency', 6]);
    expect(stage.answer(768, 12, { latencyMs: 128 })).toBe(6);
  });

  it.each([
    [256, 4], // Twice what it took at best.
    [257, 3],
  ])('at its maximum, with answers that took 128 ms at best and take %i now, stands at %i', (latencyMs, expected) => {
    const stage = new Stage(4, { max: 4 });
    expect(stage.lose(0)).toBe(2);
    expect(stage.answer(128, 4, { latencyMs: 128 })).toBe(3);
    expect(stage.answer(256, 6, { latencyMs: 128 })).toBe(4);
    expect(stage.answer(384, 8, { latencyMs: 128 })).toBe(4);
    expect(stage.answer(512, 8, { latencyMs })).toBe(expected);
  });

  it('starts from nothing: what the line gave before a loss says little about what it gives now', () => {
    const stage = steadySeven();
    stage.answer(128, 14, { latencyMs: 128 });
    expect(stage.lose(1000)).toBe(4);
    expect(stage.answer(1128, 8, { latencyMs: 128, bytes: 10 })).toBe(5);
  });

  it('counts losses within a second once, rounds down, and stops at its minimum', () => {
    const stage = new Stage(15, { min: 3 });
    expect(stage.lose(0, 'timeout')).toBe(7);
    expect(stage.lose(999, 'timeout')).toBe(7);
    expect(stage.lose(1000, 'flood-wait')).toBe(3);
    expect(stage.lose(2000)).toBe(3);
    expect(stage.changes()).toEqual([
      ['timeout', 7],
      ['flood-wait', 3],
    ]);
  });

  it('forgets answers from before a loss, and does not double any more', () => {
    const stage = new Stage(4);
    stage.answer(8, 3, {});
    expect(stage.lose(8)).toBe(2);
    expect(stage.answer(108, 3, { latencyMs: 100 })).toBe(2);
    expect(stage.answer(108, 1, { latencyMs: 100 })).toBe(3);
  });

  it('remembers the latest 500 changes', () => {
    const stage = new Stage(2);
    for (let round = 0; round < 251; round += 1) {
      const atMs = 5000 + round * 2000;
      expect(stage.lose(atMs)).toBe(1);
      expect(stage.answer(atMs + 100, 2, { latencyMs: 100 })).toBe(2);
    }
    expect(stage.limit.decisions).toHaveLength(500);
    expect(stage.limit.decisions[0]).toEqual({ timeMs: 7000, limit: 1, reason: 'lost' });
  });
});

it.each([
  [{ initial: 2, min: 3, max: 9 }, 'The initial limit must be an integer from 3 to 9, both 1 or more, got 2.'],
  [{ initial: 1, min: 0, max: 9 }, 'from 0 to 9'],
  [{ initial: 3, min: 1, max: 9.5 }, 'from 1 to 9.5'],
  [{ initial: 10, max: 9 }, 'The initial limit must be an integer from 1 to 9, both 1 or more, got 10.'],
])('an adaptive limit of %j is refused', (bounds, message) => {
  expect(() => new AdaptiveLimit({ ...bounds, now: () => 0 })).toThrow(message);
});

it('an adaptive limit may be at both of its bounds', () => {
  expect(new AdaptiveLimit({ initial: 3, min: 3, max: 3, now: () => 0 }).limit).toBe(3);
});
