import { fc, test } from '@fast-check/vitest';
import { Api } from 'telegram';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { MIGRATED_ID_OFFSET } from '../../../../src/chat/chat.js';
import type { WorldBuilder } from '../../../../src/simulator/world/world-builder.js';
import type { WorldPeer } from '../../../../src/simulator/world/world.js';
import type { LiveSource } from '../../../../src/source/live-source.js';
import { addGroup, collect, emptyWorld, ME, neverAborted, say, SimulatedTelegram } from '../simulated-telegram.js';

let world: WorldBuilder;
let telegram: SimulatedTelegram;
let source: LiveSource;

beforeEach(async () => {
  world = emptyWorld();
  telegram = await SimulatedTelegram.start(world);
  source = await telegram.openSource();
});

afterEach(() => telegram[Symbol.asyncDispose]());

const signal = neverAborted();

function idsIn(peer: WorldPeer): number[] {
  const history = world.history(ME, peer);
  return Array.from({ length: history?.length ?? 0 }, (_, index) => history?.at(index)['id'] as number);
}

async function exported(after?: number): Promise<number[]> {
  const chat = await source.resolveChat('@harbour_crew', signal);
  const messages = await collect(source.history(chat, { signal, ...(after === undefined ? {} : { after }) }));
  return messages.map(({ id }) => id);
}

/** Runs `change` when the nth page is asked for, before it is answered. */
function beforePage(nth: number, change: () => void): void {
  let pageCount = 0;
  telegram.simulator.setNetwork({
    fault: ({ method, params }) => {
      if (method !== 'messages.getHistory' || params['limit'] === 1) return undefined;
      pageCount += 1;
      if (pageCount === nth) change();
      return undefined;
    },
  });
}

describe('the history of a chat', () => {
  it.each([0, 1, 99, 100, 101, 250])('of %i messages is read completely, oldest first', async (count) => {
    const peer = addGroup(world, count);
    expect(await exported()).toEqual(idsIn(peer));
  });

  it('continues over gaps longer than a page', async () => {
    const peer = addGroup(world, 150);
    world.skipIds(peer, 5000);
    for (let index = 0; index < 120; index += 1) say(world, peer, 'after the gap');
    world.delete(peer, idsIn(peer).slice(20, 140));
    expect(await exported()).toEqual(idsIn(peer));
  });

  it('continues after a cursor', async () => {
    const peer = addGroup(world, 250);
    expect(await exported(137)).toEqual(idsIn(peer).filter((id) => id > 137));
    expect(await exported(250)).toEqual([]);
  });

  it('says how many messages there are', async () => {
    addGroup(world, 123);
    expect((await source.resolveChat('@harbour_crew', signal)).messageCount).toBe(123);
  });

  it('includes messages that arrive while it is read', async () => {
    const peer = addGroup(world, 250);
    beforePage(2, () => {
      for (let index = 0; index < 130; index += 1) say(world, peer, 'news');
    });
    expect(await exported()).toEqual(idsIn(peer));
    expect(idsIn(peer)).toHaveLength(380);
  });

  it('misses no message when already read ones are deleted', async () => {
    const peer = addGroup(world, 300);
    const all = idsIn(peer);
    beforePage(2, () => void world.delete(peer, all.slice(0, 90)));
    expect(await exported()).toEqual(all);
  });

  it('omits only messages that are deleted before their page is fetched', async () => {
    const peer = addGroup(world, 300);
    const all = idsIn(peer);
    beforePage(2, () => void world.delete(peer, all.slice(150, 260)));
    expect(await exported()).toEqual(all.filter((id) => id <= 150 || id > 260));
  });

  it('starts with the basic group that a supergroup was made from', async () => {
    const group = world.addBasicGroup(31n, 'Harbour Crew');
    for (let index = 0; index < 130; index += 1) say(world, group, 'old times');
    const peer = addGroup(world, 120);
    world.setFullChat(peer, fullChannel({ migrated_from_chat_id: 31n, migrated_from_max_id: 130 }));
    const old = idsIn(group).map((id) => id - MIGRATED_ID_OFFSET);
    expect(await exported()).toEqual([...old, ...idsIn(peer)]);
    expect(await exported(old[49])).toEqual([...old.slice(50), ...idsIn(peer)]);
    expect(await exported(7)).toEqual(idsIn(peer).filter((id) => id > 7));

    const chat = await source.resolveChat('@harbour_crew', signal);
    expect(chat).toMatchObject({ migratedFrom: 'chat31', messageCount: 250 });
    const again = await collect(source.messages(chat, [3, old[2] ?? 0, 99_999], signal));
    expect(again.map(({ id }) => id)).toEqual([old[2], 3]);
  });

  it('keeps a message of an unknown type, and all others', async () => {
    addGroup(world, 150);
    const unknown = Buffer.alloc(4);
    unknown.writeUInt32LE(0xdeadbeef);
    const page = pageOf([60, 61], [61]);
    let answered = false;
    telegram.simulator.setNetwork({
      fault: ({ method, params }) => {
        if (method !== 'messages.getHistory' || params['limit'] === 1 || answered) return undefined;
        answered = true;
        return { answer: { _: '#raw', bytes: page } };
      },
    });
    const chat = await source.resolveChat('@harbour_crew', signal);
    const messages = await collect(source.history(chat, { signal }));
    const undecoded = messages.filter(({ kind }) => kind === 'undecoded');
    expect(undecoded.map(({ id }) => id)).toEqual([61]);
    expect(Buffer.from(undecoded[0]?.raw?.bytes ?? []).includes(unknown)).toBe(true);
    expect(messages.map(({ id }) => id)).toEqual([60, ...Array.from({ length: 90 }, (_, index) => 61 + index)]);
  });

  it('requests smaller pages if two messages of unknown types are adjacent', async () => {
    addGroup(world, 1);
    const ids = Array.from({ length: 130 }, (_, index) => index + 1);
    telegram.simulator.setNetwork({
      fault: ({ method, params }) => {
        if (method !== 'messages.getHistory') return undefined;
        const [from, limit] = [Number(params['offset_id']), Number(params['limit'])];
        const page = ids.filter((id) => id >= from).slice(0, limit);
        return { answer: { _: '#raw', bytes: pageOf(page, [60, 61, 62]) } };
      },
    });
    const id = 'channel5001';
    const chat = { id, peerId: id, kind: 'supergroup', title: '', isPublic: true } as const;
    const messages = await collect(source.history(chat, { signal }));
    expect(messages.map(({ id }) => id)).toEqual(ids);
    expect(messages.filter(({ kind }) => kind === 'undecoded').map(({ id }) => id)).toEqual([60, 61, 62]);
  });

  it('ends with the reason of its signal, also while it waits for an answer', async () => {
    addGroup(world, 300);
    const chat = await source.resolveChat('@harbour_crew', signal);
    telegram.simulator.setNetwork({ fault: ({ params }) => (params['offset_id'] === 101 ? 'silent' : undefined) });
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const { messages } of source.history(chat, { signal: controller.signal })) {
        expect(messages).toHaveLength(100);
        controller.abort(new Error('enough'));
      }
    };
    await expect(read()).rejects.toThrow('enough');
  });

  it('can be left early', async () => {
    addGroup(world, 300);
    const chat = await source.resolveChat('@harbour_crew', signal);
    for await (const { messages } of source.history(chat, { signal })) {
      expect(messages[0]?.id).toBe(1);
      break;
    }
    expect(await exported(290)).toHaveLength(10);
  });

  it('fetches pages ahead for a reader that waits, and obeys a flood wait with all of them', async () => {
    const peer = addGroup(world, 1500);
    let floodCount = 0;
    telegram.simulator.setNetwork({
      latencyMs: 20,
      fault: ({ method, callNumber, params }) => {
        if (method !== 'messages.getHistory' || params['limit'] === 1 || callNumber < 8 || floodCount === 3) {
          return undefined;
        }
        floodCount += 1;
        return { error: 'FLOOD_WAIT_1', code: 420 };
      },
    });
    expect(await exported()).toEqual(idsIn(peer));
    expect(floodCount).toBe(3);
  });

  const event = fc.record({
    page: fc.integer({ min: 1, max: 5 }),
    arrive: fc.integer({ min: 0, max: 150 }),
    deleteFrom: fc.nat(400),
    deleteCount: fc.nat(150),
  });

  test.prop([fc.nat(350), fc.array(event, { maxLength: 4 })], { numRuns: 40 })(
    'equals an oracle, whatever is added and deleted between its pages',
    async (count, events) => {
      // One chat for each run: the world lives on.
      const id = BigInt(6000 + runCount);
      runCount += 1;
      const peer = world.addChannel(id, `Run ${id}`, { megagroup: true });
      for (let index = 0; index < count; index += 1) say(world, peer, 'hello');
      const chat = await source.resolveChat(`channel${id}`, signal);
      const seen = new Set(idsIn(peer));
      let pageCount = 0;
      telegram.simulator.setNetwork({
        fault: ({ method }) => {
          if (method !== 'messages.getHistory') return undefined;
          pageCount += 1;
          for (const { arrive, deleteFrom, deleteCount } of events.filter(({ page }) => page === pageCount)) {
            for (let index = 0; index < arrive; index += 1) say(world, peer, 'news');
            world.delete(peer, idsIn(peer).slice(deleteFrom, deleteFrom + deleteCount));
          }
          for (const known of idsIn(peer)) seen.add(known);
          return undefined;
        },
      });
      const ids = (await collect(source.history(chat, { signal }))).map((message) => message.id);
      expect(ids).toEqual(ids.toSorted((one, other) => one - other));
      expect(new Set(ids).size).toBe(ids.length);
      for (const one of ids) expect(seen).toContain(one);
      for (const one of idsIn(peer)) expect(ids).toContain(one); // What was there all along is never missing.
    },
    180_000, // For 40 chats on a machine that does other work.
  );
});

let runCount = 0;

function fullChannel(fields: Record<string, unknown>): never {
  return {
    _: 'channelFull',
    id: 5001n,
    about: '',
    read_inbox_max_id: 0,
    read_outbox_max_id: 0,
    unread_count: 0,
    chat_photo: { _: 'photoEmpty', id: 0n },
    notify_settings: { _: 'peerNotifySettings' },
    bot_info: [],
    pts: 1,
    ...fields,
  } as never;
}

/** A page of messages, newest first; `unknownIds` are of a constructor that nobody knows. */
function pageOf(ids: readonly number[], unknownIds: readonly number[]): Buffer {
  const peerId = new Api.PeerChannel({ channelId: 5001n as never });
  const messages = ids.toReversed().map((id) => new Api.Message({ id, peerId, date: 1, message: `message ${id}` }));
  const page = new Api.messages.ChannelMessages({ pts: 1, count: 150, messages, topics: [], chats: [], users: [] });
  const bytes = page.getBytes();
  for (const message of messages.filter(({ id }) => unknownIds.includes(id))) {
    bytes.writeUInt32LE(0xdeadbeef, bytes.indexOf(message.getBytes()));
  }
  return bytes;
}
