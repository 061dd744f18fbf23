import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Batch } from '../../../src/chat/batch.js';
import type { Message } from '../../../src/chat/message.js';
import {
  foundText,
  type MessageCounts,
  shortfall,
  withoutKnown,
} from '../../../src/pipeline/completeness/completeness.js';

/** What may happen to the messages of a chat between two runs. */
type Happening = { readonly what: 'arrive' | 'delete' | 'appear' | 'lose'; readonly count: number };

describe('counts that are compared from run to run', () => {
  it('show how many messages came up behind the cursor, whatever arrived and was deleted before', () => {
    const happening = fc.record({
      what: fc.constantFrom('arrive', 'delete', 'appear', 'lose'),
      count: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), fc.array(happening, { maxLength: 20 }), (first, happenings: Happening[]) => {
        let now: MessageCounts = { serverCount: first, archiveCount: first };
        for (const { what, count } of happenings) {
          const before = now;
          // One thing a run: the export takes what arrives, and nothing else by itself.
          if (what === 'arrive') now = counts(now.serverCount + count, now.archiveCount + count);
          if (what === 'delete') now = counts(Math.max(0, now.serverCount - count), now.archiveCount);
          if (what === 'appear') now = counts(now.serverCount + count, now.archiveCount);
          if (what === 'lose') now = counts(now.serverCount, now.archiveCount - count);
          expect(shortfall(now, before)).toBe(what === 'appear' || what === 'lose' ? count : 0);
        }
      }),
    );
  });

  it('are expected to be the same when they were never compared', () => {
    expect(shortfall(counts(471, 471), undefined)).toBe(0);
    expect(shortfall(counts(471, 470), undefined)).toBe(1);
    expect(shortfall(counts(471, 480), undefined)).toBe(0);
  });

  it('ask for nothing again that was looked for in vain', () => {
    const inVain = counts(475, 471);
    expect(shortfall(inVain, inVain)).toBe(0);
    expect(shortfall(counts(476, 471), inVain)).toBe(1);
  });
});

describe('a history without what is known', () => {
  it('has every other message once, in order, and no empty batch', async () => {
    const ids = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(ids, ids, fc.integer({ min: 1, max: 10 }), async (all, known, size) => {
        const ascending = [...all].sort((one, other) => one - other);
        const knownIds = new Set(known);
        const between = (first: number, last: number): ReadonlySet<number> =>
          new Set(known.filter((id) => id >= first && id <= last));
        const left: number[] = [];
        for await (const { messages } of withoutKnown(batches(ascending, size), between)) {
          expect(messages.length).toBeGreaterThan(0);
          left.push(...messages.map(({ id }) => id));
        }
        expect(left).toEqual(ascending.filter((id) => !knownIds.has(id)));
      }),
    );
  });
});

it('what was found is told by number', () => {
  expect(foundText(3, 3)).toBe('3 messages were found and added.');
  expect(foundText(1, 1)).toBe('1 message was found and added.');
  expect(foundText(3, 5)).toBe('5 messages were found and added.'); // Others had been deleted meanwhile.
  expect(foundText(3, 1)).toMatch(
    /^1 message was found and added; 2 are counted by Telegram but not returned, or already here from another account\./,
  );
});

function counts(serverCount: number, archiveCount: number): MessageCounts {
  return { serverCount, archiveCount };
}

async function* batches(ids: readonly number[], size: number): AsyncGenerator<Batch, void, void> {
  for (let start = 0; start < ids.length; start += size) {
    yield await Promise.resolve({ messages: ids.slice(start, start + size).map(message), senders: [] });
  }
}

function message(id: number): Message {
  return {
    id,
    chatId: 'channel7',
    kind: 'message',
    dateMs: 0,
    text: { text: '', entities: [] },
    media: [],
  };
}
