import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AdaptiveLimit } from '../../src/concurrency/adaptive-limit.js';

const PART = 512 * 1024;
const MB = 1024 * 1024;

/**
 * A line with a way of its own for each request and one bottleneck for all, on a virtual clock. There is always more to
 * ask, so as many requests are under way as the limit lets.
 */
class Line {
  nowMs = 0;
  bytesPerMs: number;
  readonly #latencyMs: number;
  readonly #ends: { readonly startMs: number; readonly endMs: number }[] = [];
  #freeMs = 0;

  constructor(latencyMs: number, bytesPerSecond: number) {
    this.#latencyMs = latencyMs;
    this.bytesPerMs = bytesPerSecond / 1000;
  }

  /** Lets `count` requests come to their end. @returns megabytes per second. */
  run(limit: AdaptiveLimit, count: number, isSaturated = true): number {
    const beganMs = this.nowMs;
    for (let done = 0; done < count; done += 1) {
      while (this.#ends.length < limit.limit) this.#ask();
      const next = this.#ends.shift();
      if (next === undefined) break;
      this.nowMs = Math.max(this.nowMs, next.endMs);
      limit.completed({ bytes: PART, latencyMs: this.nowMs - next.startMs, isSaturated });
    }
    return (count * PART) / MB / ((this.nowMs - beganMs) / 1000);
  }

  #ask(): void {
    this.#freeMs = Math.max(this.#freeMs, this.nowMs + this.#latencyMs) + PART / this.bytesPerMs;
    this.#ends.push({ startMs: this.nowMs, endMs: this.#freeMs });
  }
}

function limitOn(line: Line, initial = 4): AdaptiveLimit {
  return new AdaptiveLimit({ initial, max: 32, now: () => line.nowMs });
}

describe('the adaptive limit', () => {
  it.each([
    [50, 60],
    [150, 40],
    [20, 100],
    [1, 60],
  ])('fills a line of %i ms and %i MB/s, and does not build a queue on it', (latencyMs, megabytesPerSecond) => {
    const line = new Line(latencyMs, megabytesPerSecond * MB);
    const limit = limitOn(line);
    line.run(limit, 400);
    expect(line.run(limit, 400)).toBeGreaterThan(megabytesPerSecond * 0.85);
    const needed = 1 + (latencyMs / 1000) * megabytesPerSecond * 2;
    expect(limit.limit).toBeLessThanOrEqual(Math.max(8, needed * 3));
  });

  it('is quick about it: a long line is filled within 100 parts', () => {
    const line = new Line(100, 70 * MB);
    const limit = limitOn(line);
    line.run(limit, 100);
    expect(limit.limit).toBeGreaterThanOrEqual(14);
  });

  it('doubles with each round trip of a line that is longer than it is narrow', () => {
    const line = new Line(50, 400 * MB);
    const limit = limitOn(line);
    while (limit.limit < 32 && line.nowMs < 1000) line.run(limit, 1);
    expect(limit.decisions.map((decision) => decision.limit)).toEqual([8, 16, 32]);
    expect(line.nowMs).toBeLessThan(6 * 50);
  });

  it('leaves it at little more than the first requests where they wait for each other already', () => {
    const line = new Line(0, 60 * MB);
    const limit = limitOn(line);
    line.run(limit, 40);
    expect(limit.limit).toBeLessThanOrEqual(8);
  });

  it('does not grow where there is nothing more to ask', () => {
    const line = new Line(100, 70 * MB);
    const limit = limitOn(line);
    line.run(limit, 500, false);
    expect(limit.limit).toBe(4);
  });

  it.each(['flood-wait', 'timeout', 'lost'] as const)('halves on a %s, once for all that come together', (reason) => {
    const line = new Line(50, 60 * MB);
    const limit = limitOn(line, 16);
    for (let count = 0; count < 10; count += 1) limit.lost(reason);
    expect(limit.limit).toBe(8);
    line.nowMs += 2000;
    limit.lost(reason);
    expect(limit.limit).toBe(4);
    expect(limit.decisions).toEqual([
      { timeMs: 0, limit: 8, reason },
      { timeMs: 2000, limit: 4, reason },
    ]);
  });

  it('recovers after a loss', () => {
    const line = new Line(100, 60 * MB);
    const limit = limitOn(line);
    line.run(limit, 300);
    for (let count = 0; count < 3; count += 1) {
      line.nowMs += 1500;
      limit.lost('lost');
    }
    line.run(limit, 2000);
    expect(line.run(limit, 300)).toBeGreaterThan(45);
  });

  it('takes back what only stands in a queue when a line becomes slow', () => {
    const line = new Line(100, 80 * MB);
    const limit = limitOn(line);
    line.run(limit, 300);
    const before = limit.limit;
    line.bytesPerMs = (8 * MB) / 1000;
    line.run(limit, 1500);
    expect(limit.limit).toBeLessThan(before / 2);
    expect(limit.decisions.some(({ reason }) => reason === 'latency')).toBe(true);
  });

  it('stays in its bounds whatever happens, and says what it did', () => {
    const event = fc.oneof(
      fc.constantFrom<'flood-wait' | 'timeout' | 'lost'>('flood-wait', 'timeout', 'lost'),
      fc.record({ bytes: fc.nat(MB), latencyMs: fc.nat(5000), isSaturated: fc.boolean(), laterMs: fc.nat(500) }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), fc.integer({ min: 1, max: 9 }), (events, initial) => {
        let nowMs = 0;
        const limit = new AdaptiveLimit({ initial, max: 9, now: () => nowMs });
        for (const one of events) {
          if (typeof one === 'string') {
            nowMs += 100;
            limit.lost(one);
          } else {
            nowMs += one.laterMs;
            limit.completed(one);
          }
          expect(limit.limit).toBeGreaterThanOrEqual(1);
          expect(limit.limit).toBeLessThanOrEqual(9);
          expect(limit.decisions.at(-1)?.limit ?? initial).toBe(limit.limit);
        }
      }),
    );
  });

  it('refuses bounds that make no sense', () => {
    for (const [initial, max] of [
      [0, 4],
      [5, 4],
      [1.5, 4],
    ] as const) {
      expect(() => new AdaptiveLimit({ initial, max, now: () => 0 })).toThrow(String(initial));
    }
  });
});
