import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import type { MessagePage } from '../../../../src/source/telegram/history/message-page.js';
import { PagesAhead } from '../../../../src/source/telegram/history/pages-ahead.js';

const PAGE_SIZE = 10;

/** A chat whose server answers when it is told to, in any order. */
class ScriptedChat {
  readonly ids: number[];
  /** Starts of the pages, as they were asked for. */
  readonly asked: number[] = [];
  mostAtOnce = 0;
  readonly #waiting: (() => void)[] = [];
  /** Ids of what was deleted are not given out again. */
  #lastId: number;

  constructor(ids: readonly number[]) {
    this.ids = [...ids];
    this.#lastId = ids.at(-1) ?? 0;
  }

  /** What the server finds is settled when it is asked; how long the answer takes is another matter. */
  readonly fetchAfter = (start: number): Promise<MessagePage> => {
    this.asked.push(start);
    this.onAsked(this.asked.length);
    const page = pageOf(this.ids.filter((id) => id > start).slice(0, this.pageLength(this.asked.length)));
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        resolve(page);
      });
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#waiting.length);
    });
  };

  onAsked: (count: number) => void = () => undefined;
  /** A server may send less than it could. */
  pageLength: (count: number) => number = () => PAGE_SIZE;

  arrive(count: number, gap: number): void {
    for (let index = 0; index < count; index += 1) this.ids.push((this.#lastId += 1 + gap));
  }

  /** Answers one of those that wait. */
  answer(choice: number): void {
    const [next] = this.#waiting.splice(choice % Math.max(1, this.#waiting.length), 1);
    next?.();
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }
}

function pageOf(ids: readonly number[]): MessagePage {
  const messages = ids.toReversed().map((id) => ({
    message: undefined,
    raw: Buffer.alloc(0),
    header: { id, dateMs: 0 },
  }));
  return { messages, users: [], chats: [], totalCount: 0 };
}

/** Reads to the end, with answers in the order that `choices` say, and returns the ids that are new page by page. */
async function readAll(ahead: PagesAhead, chat: ScriptedChat, choices: readonly number[] = [0]): Promise<number[]> {
  const ids: number[] = [];
  const over = new AbortController();
  const reading = (async (): Promise<void> => {
    for await (const { messages } of ahead.readFrom(0)) {
      const newest = ids.at(-1) ?? 0;
      const fresh = messages.map(({ header }) => header.id).filter((id) => id > newest);
      expect(fresh).not.toEqual([]);
      ids.push(...fresh.sort((one, other) => one - other));
    }
  })().finally(() => over.abort());
  for (let turn = 0; !over.signal.aborted; turn += 1) {
    chat.answer(choices[turn % choices.length] ?? 0);
    await new Promise(setImmediate);
  }
  await reading;
  while (chat.waitingCount > 0) chat.answer(0);
  await ahead.settled();
  return ids;
}

function dense(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function aheadOf(chat: ScriptedChat, maxPages: number): PagesAhead {
  return new PagesAhead({ fetchAfter: chat.fetchAfter, pageSize: PAGE_SIZE, maxPages });
}

describe('PagesAhead', () => {
  it.each([1, 4, 8])('requests %i pages at once while its reader waits, and never more', async (maxPages) => {
    const chat = new ScriptedChat(dense(400));
    expect(await readAll(aheadOf(chat, maxPages), chat)).toEqual(dense(400));
    expect(chat.mostAtOnce).toBe(maxPages);
  });

  it('requests no page of a dense chat twice, except the last', async () => {
    const chat = new ScriptedChat(dense(400));
    await readAll(aheadOf(chat, 8), chat);
    const inside = chat.asked.filter((start) => start < 400);
    expect(inside).toEqual(Array.from({ length: 40 }, (_, index) => index * PAGE_SIZE));
    expect(chat.asked.length - inside.length).toBeLessThanOrEqual(8 + 1);
  });

  it('takes wide steps through a sparse chat', async () => {
    const ids = dense(400).map((id) => id * 1000);
    const chat = new ScriptedChat(ids);
    expect(await readAll(aheadOf(chat, 4), chat)).toEqual(ids);
    expect(chat.asked.length).toBeLessThan(2 * 40);
    expect(chat.mostAtOnce).toBe(4);
  });

  it('requests one page at a time in a chat that ends with the first', async () => {
    const chat = new ScriptedChat(dense(3));
    expect(await readAll(aheadOf(chat, 8), chat)).toEqual([1, 2, 3]);
    expect(chat.asked).toEqual([0, 3]);
  });

  it('requests one page at a time while its reader is slower', async () => {
    const chat = new ScriptedChat(dense(100));
    const ahead = aheadOf(chat, 8);
    const pages = ahead.readFrom(0);
    let pageCount = 0;
    for (;;) {
      const next = pages.next();
      chat.answer(0);
      if ((await next).done === true) break;
      pageCount += 1;
      chat.answer(0);
      await new Promise(setImmediate);
    }
    expect(pageCount).toBe(10);
    expect(chat.mostAtOnce).toBe(1);
  });

  it('fails with a page that is needed, and not with one that is not', async () => {
    const chat = new ScriptedChat(dense(100));
    const refusing = (start: number): Promise<MessagePage> =>
      start === 30
        ? Promise.reject(new Error('refused'))
        : Promise.resolve(pageOf(chat.ids.filter((id) => id > start).slice(0, PAGE_SIZE)));
    const needed = new PagesAhead({ fetchAfter: refusing, pageSize: PAGE_SIZE, maxPages: 8 });
    const read: number[] = [];
    await expect(
      (async () => {
        for await (const { messages } of needed.readFrom(0)) read.push(messages[0]?.header.id ?? 0);
      })(),
    ).rejects.toThrow('refused');
    expect(read).toEqual([10, 20, 30]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a maximum of %d pages', (maxPages) => {
    expect(() => aheadOf(new ScriptedChat([]), maxPages)).toThrow(`got ${maxPages}`);
  });

  const event = fc.record({
    atRequest: fc.integer({ min: 1, max: 40 }),
    arrive: fc.nat(25),
    gap: fc.nat(40),
    deleteFrom: fc.nat(150),
    deleteCount: fc.nat(40),
  });

  test.prop(
    [
      fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 60 })), { maxLength: 150 }),
      fc.array(event, { maxLength: 6 }),
      fc.record({
        maxPages: fc.integer({ min: 1, max: 8 }),
        choices: fc.array(fc.nat(7), { minLength: 1, maxLength: 20 }),
        lengths: fc.array(fc.integer({ min: 1, max: PAGE_SIZE }), { minLength: 1, maxLength: 5 }),
      }),
    ],
    { numRuns: 500 },
  )(
    'equals an oracle, whatever is added and deleted, for any order and length of the answers',
    async (steps, events, { maxPages, choices, lengths }) => {
      let id = 0;
      const chat = new ScriptedChat(steps.map((step) => (id += step)));
      const seen = new Set(chat.ids);
      chat.pageLength = (count) => lengths[count % lengths.length] ?? PAGE_SIZE;
      chat.onAsked = (count) => {
        for (const { arrive, gap, deleteFrom, deleteCount } of events.filter(({ atRequest }) => atRequest === count)) {
          chat.ids.splice(deleteFrom, deleteCount);
          chat.arrive(arrive, gap);
        }
        for (const known of chat.ids) seen.add(known);
      };
      const ids = await readAll(aheadOf(chat, maxPages), chat, choices);
      expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
      for (const one of ids) expect(seen).toContain(one);
      for (const one of chat.ids) expect(ids).toContain(one); // What was there all along, or at the end, is not missing.
      expect(chat.mostAtOnce).toBeLessThanOrEqual(maxPages + 1);
    },
  );
});
