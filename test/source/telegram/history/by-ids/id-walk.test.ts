import { setImmediate as nextTurn } from 'node:timers/promises';

import { fc, test } from '@fast-check/vitest';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { IdWalk, type IdWalkOptions } from '../../../../../src/source/telegram/history/by-ids/id-walk.js';
import type { MessagePage, PageMessage } from '../../../../../src/source/telegram/history/message-page.js';

/** A server that gives out ids in ascending order and forgets what is deleted. */
class IdServer {
  readonly ids = new Set<number>();
  readonly asked: (readonly number[])[] = [];
  lastId: number;
  /** Called with the number of each call, from 1, before it is answered. */
  onCall: (callNumber: number) => void = () => undefined;

  constructor(lastId = 0) {
    this.lastId = lastId;
  }

  arrive(count: number): void {
    for (let index = 0; index < count; index += 1) this.ids.add((this.lastId += 1));
  }

  /** Ids that were given out, and what had them is gone. */
  skip(count: number): void {
    this.lastId += count;
  }

  async fetch(ids: readonly number[]): Promise<MessagePage> {
    this.asked.push(ids);
    const callNumber = this.asked.length;
    // Later calls may overtake this one.
    for (let turn = 0; turn < (callNumber * 7) % 3; turn += 1) await nextTurn();
    this.onCall(callNumber);
    return { messages: ids.map((id) => entry(id, this.ids.has(id))), users: [], chats: [], totalCount: ids.length };
  }
}

function entry(id: number, isThere: boolean): PageMessage {
  const peerId = new Api.PeerChat({ chatId: 1n as never });
  const message = isThere ? new Api.Message({ id, peerId, date: 1, message: '' }) : new Api.MessageEmpty({ id });
  return { message, raw: Buffer.alloc(0), header: { id, dateMs: 0 } };
}

async function walk(server: IdServer, options: Partial<IdWalkOptions> = {}): Promise<number[]> {
  const ids = new IdWalk({
    fetch: (asked) => server.fetch(asked),
    afterId: 0,
    newestId: 0,
    maxEmptyIds: 300,
    maxCallsAhead: 8,
    ...options,
  });
  const found: number[] = [];
  for await (const { messages } of ids.pages()) {
    const there = messages.filter(({ message }) => message instanceof Api.Message).map(({ header }) => header.id);
    expect(there.length).toBeGreaterThan(0);
    found.push(...there);
  }
  await ids.settled();
  return found;
}

describe('a walk through ids', () => {
  it('finds every message, in order, over gaps shorter than the limit', async () => {
    const server = new IdServer();
    server.arrive(130);
    server.skip(299);
    server.arrive(5);
    expect(await walk(server)).toEqual([...server.ids]);
  });

  it('ends after the maximum number of empty ids, and requests none beyond', async () => {
    const server = new IdServer();
    server.arrive(130);
    server.skip(300);
    server.arrive(5);
    expect(await walk(server)).toEqual(Array.from({ length: 130 }, (_, index) => index + 1));
    expect(Math.max(...server.asked.flat())).toBe(430);
  });

  it('continues over a longer gap to a message that is known to exist', async () => {
    const server = new IdServer();
    server.arrive(3);
    server.skip(2000);
    server.arrive(3);
    expect(await walk(server, { newestId: 2006 })).toEqual([1, 2, 3, 2004, 2005, 2006]);
  });

  it('continues over a longer gap to a given end, and no further', async () => {
    const server = new IdServer();
    server.skip(1000);
    server.arrive(50);
    expect(await walk(server, { upToId: 1020 })).toEqual(Array.from({ length: 20 }, (_, index) => 1001 + index));
    expect(Math.max(...server.asked.flat())).toBe(1020);
    expect(await walk(server, { upToId: 0 })).toEqual([]);
    expect(await walk(server, { afterId: 1020, upToId: 1020 })).toEqual([]);
  });

  it('starts after its cursor, and requests at most 100 ids at a time', async () => {
    const server = new IdServer();
    server.arrive(450);
    expect(await walk(server, { afterId: 137 })).toEqual([...server.ids].slice(137));
    expect(Math.min(...server.asked.flat())).toBe(138);
    expect(Math.max(...server.asked.map((ids) => ids.length))).toBe(100);
  });

  it('if nothing arrives, repeats only ids that could have been assigned meanwhile', async () => {
    const server = new IdServer();
    server.arrive(450);
    await walk(server, { newestId: 450 });
    const counts = new Map<number, number>();
    for (const id of server.asked.flat()) counts.set(id, (counts.get(id) ?? 0) + 1);
    const twice = [...counts].filter(([, count]) => count > 1).map(([id]) => id);
    expect(twice).toEqual(Array.from({ length: 100 }, (_, index) => 451 + index));
  });

  it('misses no message that arrives while calls are running', async () => {
    const server = new IdServer();
    server.arrive(250);
    server.onCall = (callNumber) => {
      if (callNumber === 4) server.arrive(420);
    };
    expect(await walk(server)).toEqual(Array.from({ length: 670 }, (_, index) => index + 1));
  });

  it('finds at its end messages that arrived while it read the empty ids', async () => {
    const server = new IdServer();
    server.arrive(20);
    server.onCall = (callNumber) => {
      if (callNumber === 4) server.arrive(5);
    };
    expect(await walk(server)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
  });

  it('counts an unreadable message as an existing one', async () => {
    const unread: PageMessage = { message: undefined, raw: Buffer.alloc(8), header: { id: 9, dateMs: 0 } };
    const fetch = (ids: readonly number[]): Promise<MessagePage> =>
      Promise.resolve({ messages: ids.includes(9) ? [unread] : [], users: [], chats: [], totalCount: 1 });
    const ids = new IdWalk({ fetch, afterId: 0, newestId: 0, maxEmptyIds: 100, maxCallsAhead: 2 });
    const pages: MessagePage[] = [];
    for await (const page of ids.pages()) pages.push(page);
    expect(pages).toHaveLength(1);
  });

  it('fails with the failed call, and waits for all running ones', async () => {
    const server = new IdServer();
    server.arrive(1000);
    server.onCall = (callNumber) => {
      if (callNumber === 3) throw new Error('no more');
    };
    await expect(walk(server)).rejects.toThrow('no more');
  });

  const event = fc.record({
    call: fc.integer({ min: 1, max: 14 }),
    arrive: fc.nat(250),
    skip: fc.nat(90),
    deleteFrom: fc.nat(600),
    deleteCount: fc.nat(60),
  });

  test.prop(
    [
      fc.record({
        count: fc.nat(400),
        afterId: fc.nat(200),
        maxCallsAhead: fc.integer({ min: 1, max: 8 }),
        isTold: fc.boolean(),
      }),
      fc.array(event, { maxLength: 4 }),
    ],
    { numRuns: 150 },
  )(
    'leaves no gap, whatever is added and deleted between its calls',
    async ({ count, afterId, maxCallsAhead, isTold }, events) => {
      const server = new IdServer();
      server.arrive(count);
      const atStart = new Set(server.ids);
      const seen = new Set(server.ids);
      server.onCall = (callNumber) => {
        for (const { arrive, skip, deleteFrom, deleteCount } of events.filter(({ call }) => call === callNumber)) {
          server.skip(skip);
          server.arrive(arrive);
          for (const id of server.ids) seen.add(id);
          for (const id of [...server.ids].slice(deleteFrom, deleteFrom + deleteCount)) server.ids.delete(id);
        }
      };
      // Four events leave at most 4 × 150 ids in a row empty.
      const found = await walk(server, { afterId, maxCallsAhead, newestId: isTold ? count : 0, maxEmptyIds: 700 });
      expect(found).toEqual([...new Set(found)].sort((one, other) => one - other));
      for (const id of found) expect(seen).toContain(id);
      const newest = found.at(-1) ?? 0;
      const due = [...server.ids].filter((id) => id > afterId && (id <= newest || atStart.has(id)));
      expect(due.filter((id) => !found.includes(id))).toEqual([]);
    },
  );
});
