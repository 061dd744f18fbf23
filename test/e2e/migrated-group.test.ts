import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { chooseChats } from '../../src/app/export/choose-chats.js';
import { type ExportSummary, runExport } from '../../src/app/export/create-export.js';
import { loadSettings } from '../../src/config/load-settings.js';
import type { Fault } from '../../src/simulator/server/network.js';
import type { TlObject } from '../../src/simulator/tl/tl-object.js';
import type { WorldPeer } from '../../src/simulator/world/world.js';
import type { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import { patternedFile } from '../../src/simulator/world/world-file.js';
import { openTelegramSource } from '../../src/source/telegram/telegram-source.js';
import { desktopJson } from '../../src/render/desktop-json.js';
import { isReadable, TARGET_STATES } from '../source/telegram/chats/migrated-group.js';
import { addGroup, emptyWorld, say } from '../source/telegram/simulated-telegram.js';
import { neverAborted, SimulatedExport } from './simulated-export.js';
import { AUTOMATIC } from '../source/telegram/patience.js';

const signal = neverAborted();
let world: WorldBuilder;
let group: WorldPeer;
let trip: SimulatedExport;

/** A chat that is everybody's, and a basic group with a text and a file. */
beforeEach(async () => {
  world = emptyWorld();
  addGroup(world, 2);
  group = world.addBasicGroup(55n, 'Crew');
  say(world, group, 'old');
  postFile(group, 1n);
  trip = await SimulatedExport.start(world, 'chat55');
});
afterEach(() => trip[Symbol.asyncDispose]());

function postFile(peer: WorldPeer, seed: bigint): void {
  const document = world.addDocument({
    file: patternedFile(seed, 40_000),
    mimeType: 'application/octet-stream',
    attributes: [{ _: 'documentAttributeFilename', file_name: `chart-${seed}.bin` }],
  });
  world.post(peer, { message: '', media: { _: 'messageMediaDocument', document } });
}

interface Run {
  /** What it ended with. */
  readonly summary: ExportSummary;
  readonly notes: readonly string[];
  /** `[chat id, messages, new ones]` */
  readonly chats: readonly (readonly [string, number, number])[];
  readonly partRequests: number;
}

/** One run of `export chat55` or, without references, of `export --all`, with a client that knows nobody yet. */
async function run(references: readonly string[] = ['chat55'], fault?: Fault): Promise<Run> {
  const { settings } = loadSettings({
    cwd: trip.directory,
    env: { TIME_ZONE: 'UTC', MEDIA_DERIVATIVES: 'false' },
    flags: { exportDir: trip.path() },
  });
  const notes: string[] = [];
  const onNote = (text: string): void => {
    notes.push(text);
  };
  const partsBefore = trip.simulator.calls.get('upload.getFile') ?? 0;
  trip.simulator.setNetwork(fault === undefined ? {} : { fault });
  await using source = await openTelegramSource({ ...trip.clientOptions(), ...AUTOMATIC, onNote });
  const chats = await chooseChats(source, { references, excluded: [], onNote, signal });
  const reporter = {
    event: (event: { readonly type: string; readonly text?: string }): void => {
      if (event.type === 'note') onNote(event.text ?? '');
    },
  };
  const summary = await runExport({ settings, source, chats, renderers: [desktopJson], reporter, signal });
  return {
    summary,
    notes,
    chats: summary.chats
      .map(({ chat, messageCount, newMessageCount }) => [chat.peerId, messageCount, newMessageCount] as const)
      .toSorted(([one], [other]) => one.localeCompare(other)),
    partRequests: (trip.simulator.calls.get('upload.getFile') ?? 0) - partsBefore,
  };
}

function migrate(): WorldPeer {
  const target = world.migrate(group, 9009n);
  say(world, target, 'new');
  return target;
}

function idsIn(folder: string): readonly number[] {
  const text = readFileSync(join(trip.path(), folder, 'result.json'), 'utf8');
  return (JSON.parse(text) as { readonly messages: readonly { readonly id: number }[] }).messages.map(({ id }) => id);
}

const BEFORE = [1, 2, 3].map((id) => id - 1_000_000_000);

describe('a basic group that becomes a supergroup between two runs', () => {
  it('is followed by the same command, with all that was said before, and by every later run', async () => {
    expect((await run()).chats).toEqual([['chat55', 2, 2]]);

    const target = migrate();
    const second = await run();
    expect(second.summary.exitCode).toBe(0);
    expect(second.chats).toEqual([['channel9009', 5, 5]]);
    expect(second.notes).toEqual([
      '"Crew" (chat55) became the supergroup channel9009, which is used instead, including the messages of the old group.',
      'Crew: what was exported before it became a supergroup stays in crew-chat55, and is also exported into the folder of the supergroup. Media that are already here are not fetched again.',
    ]);
    expect(idsIn('crew-channel9009')).toEqual([...BEFORE, 1, 2]);
    expect(second.partRequests).toBe(0);

    say(world, target, 'newer');
    postFile(target, 2n);
    const third = await run();
    expect(third.chats).toEqual([['channel9009', 7, 2]]);
    expect(third.notes).toHaveLength(1);
    expect(third.summary.chats[0]?.missing).toEqual([]);
    expect((await run()).chats).toEqual([['channel9009', 7, 0]]);
  });

  it('has the same bytes as one that is first exported after the move, and loses nothing of the folder before', async () => {
    await run();
    const old = readFileSync(join(trip.path(), 'crew-chat55', 'result.json'), 'utf8');
    migrate();
    await run();
    const followed = readFileSync(join(trip.path(), 'crew-channel9009', 'result.json'), 'utf8');
    expect(readFileSync(join(trip.path(), 'crew-chat55', 'result.json'), 'utf8')).toBe(old);
    const media = (folder: string): string[] =>
      (JSON.parse(folder) as { messages: { file?: string }[] }).messages.flatMap(({ file }) => file ?? []);
    for (const path of media(old)) expect(statSync(join(trip.path(), 'crew-chat55', path)).size).toBe(40_000);
    for (const path of media(followed)) expect(statSync(join(trip.path(), 'crew-channel9009', path)).size).toBe(40_000);

    await using fresh = await SimulatedExport.start(world, 'channel9009');
    expect((await fresh.run()).exitCode).toBe(0);
    expect(readFileSync(join(fresh.path(), 'crew-channel9009', 'result.json'), 'utf8')).toBe(followed);
  });

  it('comes with the supergroup when all chats are exported', async () => {
    expect((await run([])).chats).toEqual([
      ['channel5001', 2, 2],
      ['chat55', 2, 2],
    ]);
    migrate();
    const second = await run([]);
    expect(second.summary.exitCode).toBe(0);
    expect(second.chats).toEqual([
      ['channel5001', 2, 0],
      ['channel9009', 5, 5],
    ]);
    expect(second.partRequests).toBe(0);
  });

  it('is exported once when it and the supergroup are both named', async () => {
    migrate();
    expect((await run(['chat55', 'channel9009', 'Crew'])).chats).toEqual([['channel9009', 5, 5]]);
  });
});

describe.each(Object.entries(TARGET_STATES))('a basic group whose supergroup %s', (state, become) => {
  it('is exported by id, by title and with all, before it is so and after', async () => {
    await run();
    become(world, migrate());
    const expected = isReadable(state) ? (['channel9009', 5] as const) : (['chat55', 3] as const);
    const second = await run();
    expect(second.summary.exitCode).toBe(0);
    expect(second.chats).toEqual([[...expected, isReadable(state) ? 5 : 1]]);
    expect(second.partRequests).toBe(0);
    expect((await run(['Crew'])).chats).toEqual([[...expected, 0]]);

    const all = await run([]);
    expect(all.chats.map(([id, count]) => [id, count])).toEqual([['channel5001', 2], expected].toSorted());
    const isRefused = !isReadable(state) && state.endsWith('in the list');
    expect(all.summary.refused.map(({ chat }) => chat.peerId)).toEqual(isRefused ? ['channel9009'] : []);
    expect(all.summary.exitCode).toBe(isRefused ? 4 : 0);
  });
});

describe('a basic group whose supergroup is listed as any other, and refused', () => {
  const refusing: Fault = ({ method, params }) => {
    const peer = (params['peer'] ?? params['channel']) as TlObject | undefined;
    const isAbout = method === 'messages.getHistory' || method === 'channels.getFullChannel';
    return isAbout && peer?.['channel_id'] === 9009n ? { error: 'CHANNEL_PRIVATE' } : undefined;
  };

  it('is exported in its place, and the supergroup is listed as refused', async () => {
    migrate();
    const all = await run([], refusing);
    expect(all.chats).toEqual([
      ['channel5001', 2, 2],
      ['chat55', 3, 3],
    ]);
    expect(all.summary.refused).toMatchObject([{ chat: { id: 'channel9009' }, error: { code: 'NO_ACCESS' } }]);
    expect(all.summary.exitCode).toBe(4);
    expect((await run(['chat55'], refusing)).chats).toEqual([['chat55', 3, 0]]);
    await expect(run(['channel9009'], refusing)).rejects.toMatchObject({ code: 'NO_ACCESS' });
  });

  it('comes back into the supergroup when that may be read again', async () => {
    migrate();
    await run(['chat55'], refusing);
    expect((await run(['chat55'])).chats).toEqual([['channel9009', 5, 5]]);
  });
});
