import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ProgressTracker } from '../../../src/upload/progress/progress-tracker.js';
import type { UploadProgress } from '../../../src/upload/progress/upload-progress.js';

const PART_BYTES = 1000;

type Step =
  | { readonly kind: 'sent'; readonly part: number; readonly bytes: number }
  | { readonly kind: 'done'; readonly part: number }
  | { readonly kind: 'failed'; readonly part: number }
  | { readonly kind: 'over' }
  | { readonly kind: 'killed' };

const part = fc.integer({ min: 0, max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('sent' as const), part, bytes: fc.nat(PART_BYTES) }) },
  {
    weight: 3,
    arbitrary: fc.oneof(
      fc.record({ kind: fc.constant('done' as const), part }),
      fc.record({ kind: fc.constant('failed' as const), part }),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'over' } as const, { kind: 'killed' } as const) },
);

/** One file of ten parts over several runs. `written` is what the session says, as it is written after each part. */
function follow(steps: readonly Step[]): readonly UploadProgress[] {
  const events: UploadProgress[] = [];
  let nowMs = 0;
  let written = 0;
  const done = new Set<number>();
  const open = (): ProgressTracker => {
    const tracker = new ProgressTracker({
      taskId: 't',
      file: '/f',
      target: 'x',
      reporter: { event: (event) => void events.push(event) },
      now: () => (nowMs += 300),
    });
    tracker.beginAt(written);
    tracker.stage('preparing', 'Reading');
    const known = { totalBytes: 10 * PART_BYTES, partCount: 10, sessionId: 's', shownPercentage: written };
    tracker.know({ ...known, doneParts: done.size, doneBytes: done.size * PART_BYTES });
    written = tracker.shownWith(3 * PART_BYTES);
    tracker.stage('uploading', 'Uploading');
    return tracker;
  };
  let tracker = open();
  const flying = new Map<number, number>();
  for (const one of steps) {
    if (one.kind === 'killed') {
      flying.clear();
      tracker = open();
    } else if (one.kind === 'over') {
      // The far end lost all: the file starts over.
      done.clear();
      flying.clear();
      tracker.know({
        totalBytes: 10 * PART_BYTES,
        partCount: 10,
        sessionId: 's',
        shownPercentage: 0,
        doneParts: 0,
        doneBytes: 0,
      });
      written = tracker.shownWith(3 * PART_BYTES);
    } else if (!done.has(one.part) && (flying.has(one.part) || flying.size < 3)) {
      const sent = flying.get(one.part) ?? 0;
      if (one.kind === 'sent') {
        const bytes = Math.min(one.bytes, PART_BYTES - sent);
        flying.set(one.part, sent + bytes);
        tracker.sent(one.part, bytes);
      } else if (one.kind === 'failed') {
        flying.delete(one.part);
        tracker.partFailed(one.part);
      } else {
        flying.delete(one.part);
        done.add(one.part);
        tracker.partDone(one.part, PART_BYTES);
        written = tracker.shownWith(3 * PART_BYTES);
      }
    }
  }
  tracker.complete('https://x/f');
  return events;
}

describe('The percentage of a file', () => {
  it('never goes back: over parts that fail, starts over, and runs that are killed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const events = follow(steps);
        for (const [index, event] of events.entries()) {
          expect(event.percentage).toBeGreaterThanOrEqual(events[index - 1]?.percentage ?? 0);
          expect(event.percentage).toBeLessThanOrEqual(100);
          expect(event.percentage === 100).toBe(event.stage === 'complete');
          expect(event.sentBytes).toBeLessThanOrEqual(event.totalBytes);
        }
        expect(events.at(-1)).toMatchObject({ stage: 'complete', remote: 'https://x/f', percentage: 100 });
      }),
      { numRuns: 1000 },
    );
  });

  it('follows the bytes where nothing goes wrong', () => {
    const steps = Array.from({ length: 10 }, (_, part) => [
      { kind: 'sent', part, bytes: 500 } as const,
      { kind: 'done', part } as const,
    ]).flat();
    const shown = follow(steps).map(({ percentage }) => percentage);
    expect(shown).toContain(5);
    expect(shown).toContain(55);
    expect(shown.at(-2)).toBe(99);
  });
});
