import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { historyPage, type PageRequest } from '../../../../src/simulator/methods/history/history-page.js';
import type { TlObject } from '../../../../src/simulator/tl/tl-object.js';
import type { WorldHistory } from '../../../../src/simulator/world/world.js';

interface Sent {
  readonly id: number;
  readonly date: number;
}

function historyOf(messages: readonly Sent[]): WorldHistory {
  return {
    length: messages.length,
    at: (index): TlObject => ({ _: 'message', ...(messages[index] ?? { id: -1, date: -1 }) }),
    indexOf: (id) => {
      const index = messages.findIndex((message) => message.id >= id);
      return index === -1 ? messages.length : index;
    },
  };
}

/** The documented rule, told over a plain array: count from the newest, shift, slice, then filter. */
function oracle(messages: readonly Sent[], request: PageRequest): number[] {
  const newestFirst = messages.toReversed();
  let skipped = 0;
  if (request.offset_id > 0) skipped = newestFirst.filter(({ id }) => id >= request.offset_id).length;
  else if (request.offset_date > 0) skipped = newestFirst.filter(({ date }) => date >= request.offset_date).length;
  const limit = Math.min(request.limit === 0 ? 20 : request.limit, 100);
  return newestFirst
    .map(({ id }, place) => ({ id, place }))
    .filter(({ place }) => place >= skipped + request.add_offset && place < skipped + request.add_offset + limit)
    .filter(({ id }) => (request.max_id === 0 || id < request.max_id) && (request.min_id === 0 || id > request.min_id))
    .map(({ id }) => id);
}

const history = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 4 }), pause: fc.integer({ min: 0, max: 3 }) }), { maxLength: 150 })
  .map((steps) => {
    let [id, date] = [0, 100];
    return steps.map(({ gap, pause }) => ({ id: (id += gap), date: (date += pause) }));
  });
const request = fc.record<PageRequest>({
  offset_id: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 })),
  offset_date: fc.oneof(fc.constant(0), fc.integer({ min: 90, max: 350 })),
  add_offset: fc.integer({ min: -130, max: 130 }),
  limit: fc.integer({ min: 0, max: 130 }),
  max_id: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 })),
  min_id: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 })),
});

describe('a page of history', () => {
  test.prop([history, request], { numRuns: 2000 })('follows the documented rule', (messages, asked) => {
    const ids = historyPage(historyOf(messages), asked).map(({ id }) => id);
    expect(ids).toEqual(oracle(messages, asked));
  });

  test.prop([history])('page after page with negative offsets covers the whole history once', (messages) => {
    const seen: number[] = [];
    for (let last = 0; ; last = seen.at(-1) ?? 0) {
      const page = historyPage(historyOf(messages), {
        offset_id: last + 1,
        offset_date: 0,
        add_offset: -10,
        limit: 10,
        max_id: 0,
        min_id: 0,
      }).map(({ id }) => Number(id));
      if (page.length === 0) break;
      seen.push(...page.reverse());
    }
    expect(seen).toEqual(messages.map(({ id }) => id));
  });
});
