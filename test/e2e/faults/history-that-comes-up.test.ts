import { join } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { World, WorldHistory, WorldPeer } from '../../../src/simulator/world/world.js';
import type { WorldBuilder } from '../../../src/simulator/world/world-builder.js';
import { addGroup, emptyWorld, ME, postDocument, say } from '../../source/telegram/simulated-telegram.js';
import { patternedFile } from '../../../src/simulator/world/world-file.js';
import { readArchive } from '../archive-check.js';
import { type RunEnd, SimulatedExport } from '../simulated-export.js';

let world: WorldBuilder;
let crew: WorldPeer;
let trip: SimulatedExport;

/** 250 messages, so that a history is more than one page; the account joined at the 201st. */
beforeEach(async () => {
  world = emptyWorld();
  crew = addGroup(world, 120);
  const document = world.addDocument({ file: patternedFile(1n, 40_000), mimeType: 'application/pdf', attributes: [] });
  postDocument(world, crew, document);
  for (let index = 122; index <= 250; index += 1) say(world, crew, `message ${index}`);
  trip = await SimulatedExport.start(world, '@harbour_crew');
});
afterEach(() => trip[Symbol.asyncDispose]());

interface Run extends RunEnd {
  readonly notes: readonly string[];
  readonly newMessageCount: number;
  /** How often the server was asked for a page of history. */
  readonly pageRequests: number;
}

async function run(): Promise<Run> {
  const before = trip.simulator.calls.get('messages.getHistory') ?? 0;
  const end = await trip.run();
  return {
    ...end,
    notes: end.events.flatMap((event) => (event.type === 'note' ? [event.text] : [])),
    newMessageCount: end.summary?.chats[0]?.newMessageCount ?? NaN,
    pageRequests: (trip.simulator.calls.get('messages.getHistory') ?? 0) - before,
  };
}

async function archivedIds(): Promise<readonly number[]> {
  const { records } = await readArchive(trip.path());
  return records.map(({ message }) => message.id);
}

/** Ids from `first` to `last` without some. */
function ids(first: number, last: number, without: readonly number[] = []): readonly number[] {
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  return all.filter((id) => !without.includes(id));
}

/** The same of an archive of several accounts. */
function archivedIdsOfAll(): readonly unknown[] {
  const database = new DatabaseSync(join(trip.path(), 'archive.db'), { readOnly: true });
  try {
    return database
      .prepare('SELECT id FROM messages ORDER BY id')
      .all()
      .map((row: object) => ('id' in row ? row.id : undefined));
  } finally {
    database.close();
  }
}

/** Takes messages out of the archive, as if a run had passed them by. */
function forget(lost: readonly number[]): void {
  const database = new DatabaseSync(join(trip.path(), 'archive.db'));
  try {
    for (const id of lost) database.prepare('DELETE FROM messages WHERE id = ?').run(id);
  } finally {
    database.close();
  }
}

describe('messages behind the cursor', () => {
  it('that an admin shows later are fetched with their media, once', async () => {
    world.hideBefore(crew, 201, { owner: ME });
    expect(await run()).toMatchObject({ exitCode: 0, newMessageCount: 50 });
    expect(await archivedIds()).toEqual(ids(201, 250));

    world.hideBefore(crew, 0, { owner: ME });
    const shown = await run();
    expect(shown).toMatchObject({ exitCode: 0, newMessageCount: 200, partRequests: 1 });
    expect(shown.notes).toEqual([
      expect.stringMatching(/counts 200 messages more/),
      expect.stringMatching(/200 messages were found and added\./),
    ]);
    const { records, cursor } = await readArchive(trip.path());
    expect(records.map(({ message }) => message.id)).toEqual(ids(1, 250));
    expect(records[120]?.media).toMatchObject([{ state: 'stored', file: { sizeBytes: 40_000 } }]);
    expect(cursor).toBe(250);

    const again = await run();
    expect(again).toMatchObject({ exitCode: 0, newMessageCount: 0, notes: [] });
    expect(again.pageRequests).toBeLessThan(shown.pageRequests);
  });

  it('that an admin shows later are found where as many were deleted meanwhile', async () => {
    world.hideBefore(crew, 126, { owner: ME });
    await run();
    expect(await archivedIds()).toEqual(ids(126, 250));

    world.hideBefore(crew, 31, { owner: ME });
    world.delete(crew, ids(140, 239)); // 95 are more, 100 are gone: Telegram counts fewer than before.
    const shown = await run();
    expect(shown).toMatchObject({ exitCode: 0, newMessageCount: 95 });
    expect(shown.notes[0]).toMatch(/shows older messages than before/);
    expect(await archivedIds()).toEqual(ids(31, 250));
    expect(await run()).toMatchObject({ exitCode: 0, newMessageCount: 0, notes: [] });
  });

  it('that are behind the older ones of another account are found where as many were deleted meanwhile', async () => {
    const eve = 7003n;
    world.addAccount({ userId: eve, phone: '9996627003', code: '22222' });
    world.addUser(eve, { first_name: 'Eve' });
    await run();
    for (let index = 251; index <= 500; index += 1) say(world, crew, `message ${index}`);
    world.hideBefore(crew, 351, { owner: eve });
    await trip.run({ userId: eve });

    world.hideBefore(crew, 0, { owner: eve });
    world.delete(crew, [...ids(101, 250), ...ids(301, 500)]); // 150 are left, as many as she was shown before.
    expect(await trip.run({ userId: eve })).toMatchObject({
      exitCode: 0,
      summary: { chats: [{ newMessageCount: 50 }] },
    });
    expect(archivedIdsOfAll()).toEqual([...ids(1, 300), ...ids(351, 500)]);
    const before = trip.simulator.calls.get('messages.getHistory') ?? 0;
    await trip.run({ userId: eve });
    expect((trip.simulator.calls.get('messages.getHistory') ?? 0) - before).toBeLessThanOrEqual(2); // She saw the first.
  });

  it('that are not in the archive for any other reason are found as well', async () => {
    await run();
    forget([3, 77, 121, 250]);
    expect(await run()).toMatchObject({ exitCode: 0, newMessageCount: 4 });
    expect(await archivedIds()).toEqual(ids(1, 250));
  });

  it('are told from messages that arrive, and from those that are deleted', async () => {
    await run();
    world.delete(crew, [5, 6, 7]);
    expect(await run()).toMatchObject({ newMessageCount: 0, notes: [] });
    for (let count = 0; count < 150; count += 1) say(world, crew, 'new');
    expect(await run()).toMatchObject({ newMessageCount: 150, notes: [] });
    world.delete(crew, [8]);
    forget([9, 10]);
    const found = await run();
    expect(found.notes[0]).toMatch(/counts 1 message more/); // One went and two are missing.
    expect(found.newMessageCount).toBe(2); // All the same, all that is there is taken.
    expect(await archivedIds()).toEqual(ids(1, 400));
  });

  it('that arrive while the history is read lead to no search later', async () => {
    let arrivals = 20;
    const end = await trip.run({
      network: {
        fault: ({ method }) => {
          if (method !== 'messages.getHistory' || arrivals === 0) return undefined;
          arrivals -= 1;
          say(world, crew, 'meanwhile');
          return undefined;
        },
      },
    });
    expect(end).toMatchObject({ exitCode: 0 });
    expect((await run()).notes).toEqual([]);
    const quiet = await run();
    expect(quiet).toMatchObject({ newMessageCount: 0, notes: [] });
    expect(await archivedIds()).toHaveLength(250 + 20 - arrivals);
  });

  it('that the server counts and does not hand out are warned of by number, and not asked for again in vain', async () => {
    world.hideBefore(crew, 11, { owner: ME });
    await run();
    await trip[Symbol.asyncDispose]();
    trip = await SimulatedExport.start(countingMore(world, 3), '@harbour_crew');
    const first = await run();
    expect(first).toMatchObject({ exitCode: 0, newMessageCount: 240 });
    expect(first.notes).toEqual([
      expect.stringMatching(/counts 3 messages more/),
      expect.stringMatching(/0 messages were found and added; 3 are counted by Telegram but not returned/),
    ]);
    const next = await run();
    expect(next).toMatchObject({ exitCode: 0, newMessageCount: 0, notes: [] });
    say(world, crew, 'new');
    expect(await run()).toMatchObject({ newMessageCount: 1, notes: [] });
  });
});

/** The same world, whose server counts some messages at the beginning of a history that are not there. */
function countingMore(whole: WorldBuilder, count: number): World {
  const history = (userId: bigint, peer: WorldPeer): WorldHistory | undefined => {
    const list = whole.history(userId, peer);
    if (list === undefined) return undefined;
    return {
      get length() {
        return list.length + count;
      },
      at: (index) => (index < count ? { _: 'messageEmpty', id: index + 1 } : list.at(index - count)),
      indexOf: (id) => (id <= count ? id - 1 : count + list.indexOf(id)),
    };
  };
  return new Proxy(whole, {
    get: (target, name): unknown => {
      const value: unknown = name === 'history' ? history : Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
