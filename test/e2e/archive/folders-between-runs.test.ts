import { cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { renderArchive } from '../../../src/app/render-archive.js';
import { patternedFile } from '../../../src/simulator/world/world-file.js';
import { desktopJson } from '../../../src/render/desktop-json.js';
import { treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { type RunEnd, neverAborted, SimulatedExport } from '../simulated-export.js';

const FOLDER = 'ferry-crew-channel8001';
const ferry = new FerryWorld({ textCount: 4, hasForeign: false });
let trip: SimulatedExport;
let undamaged: Readonly<Record<string, string>>;
beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  await trip.run({ into: 'undamaged' });
  undamaged = await treeOf(trip.path('undamaged'));
});
afterAll(() => trip[Symbol.asyncDispose]());

/** A finished archive to be spoilt. Absolute. */
async function archiveToSpoil(name: string): Promise<string> {
  await cp(trip.path('undamaged'), trip.path(name), { recursive: true });
  return trip.path(name);
}

function notesOf({ events }: RunEnd): readonly string[] {
  return events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
}

function rendering(directory: string): Promise<unknown> {
  const settings = { exportDir: directory, timeZone: 'UTC' };
  const reporter = { event: () => undefined };
  return renderArchive({ settings, chats: [], renderers: [desktopJson], reporter, signal: neverAborted() });
}

describe('a folder of a chat that a person has renamed', () => {
  it.each([
    ['known by its report', 'My crew 2023', []],
    ['known by its result.json', 'My crew 2023', ['report.json']],
    ['known by the end of its name', 'Old-Channel8001', ['report.json', 'result.json']],
  ])('gets its name back and is told of, %s; nothing is fetched', async (_, name, deleted) => {
    const directory = await archiveToSpoil(`renamed-${deleted.length}`);
    await rename(join(directory, FOLDER), join(directory, name));
    for (const file of deleted) await rm(join(directory, name, file));
    await mkdir(join(directory, 'notes')); // Whatever else is there is not taken for the folder.

    const end = await trip.run({ into: `renamed-${deleted.length}` });
    expect(end).toMatchObject({ exitCode: 0, partRequests: 0 });
    expect(notesOf(end)).toEqual([
      `Ferry crew: its folder was renamed to "${name}". It is called "${FOLDER}" again, as the archive has it.`,
    ]);
    expect(await treeOf(directory)).toEqual(undamaged);
  });

  it('is named to who only renders', async () => {
    const directory = await archiveToSpoil('rendered');
    await rename(join(directory, FOLDER), join(directory, 'elsewhere'));
    await expect(rendering(directory)).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringMatching(/called "elsewhere", the archive has it as "ferry-crew-channel8001"/) as string,
    });
    expect(await readdir(directory)).not.toContain(FOLDER);
  });

  it('is not guessed where there are several: they are named, exit 5, and nothing is touched', async () => {
    const directory = await archiveToSpoil('several');
    await cp(join(directory, FOLDER), join(directory, 'a copy'), { recursive: true });
    await rename(join(directory, FOLDER), join(directory, 'another'));
    const before = await treeOf(directory);
    const end = await trip.run({ into: 'several' });
    expect(end).toMatchObject({ exitCode: 5, error: { code: 'ARCHIVE_DAMAGED' }, partRequests: 0 });
    expect(String(end.error)).toMatch(/"(?:a copy|another)", "(?:a copy|another)"/);
    expect(await treeOf(directory)).toEqual(before);

    await rename(join(directory, 'another'), join(directory, FOLDER));
    expect(await trip.run({ into: 'several' })).toMatchObject({ exitCode: 0, partRequests: 0 });
  });

  it('is not passed over for an empty one that has its name', async () => {
    const directory = await archiveToSpoil('recreated');
    await rename(join(directory, FOLDER), join(directory, 'kept'));
    await mkdir(join(directory, FOLDER));
    const end = await trip.run({ into: 'recreated' });
    expect(end).toMatchObject({ exitCode: 5, partRequests: 0 });
    expect(String(end.error)).toContain('"kept"');
  });

  it('is left alone where it is a copy of the one that is in its place', async () => {
    const directory = await archiveToSpoil('copied');
    await cp(join(directory, FOLDER), join(directory, 'backup'), { recursive: true });
    const before = await treeOf(directory);
    const end = await trip.run({ into: 'copied' });
    expect(end).toMatchObject({ exitCode: 0, partRequests: 0 });
    expect(notesOf(end)).toEqual([]);
    expect(await treeOf(directory)).toEqual(before);
  });
});

it('gives two chats their folders back that have changed names', async () => {
  const world = new FerryWorld({ textCount: 2, hasForeign: false });
  const other = world.world.addChannel(8002n, 'Other', { megagroup: true, username: 'other_ferry' });
  const media = { _: 'messageMediaDocument', document: world.addDocument(patternedFile(99n, 5000), { name: 'o.bin' }) };
  world.world.post(other, { message: 'o', from_id: { _: 'peerUser', user_id: 7002n }, media });
  await using both = await SimulatedExport.start(world.world, `@${FERRY_USERNAME}`);
  await both.run();
  await both.run({ chat: '@other_ferry' });
  const before = await treeOf(both.path());
  const [one, two] = [join(both.path(), FOLDER), join(both.path(), 'other-channel8002')];
  await rename(one, `${one}.x`);
  await rename(two, one);
  await rename(`${one}.x`, two);

  expect(await both.run({ chat: '@other_ferry' })).toMatchObject({ exitCode: 0, partRequests: 0 });
  expect(await both.run()).toMatchObject({ exitCode: 0, partRequests: 0 });
  expect(await treeOf(both.path())).toEqual(before);
});

describe('an archive.db that is gone or damaged', () => {
  it.each(['deleted', 'emptied', 'cut to a byte'])(
    'is not made anew over the folders of chats: it was %s',
    async (how) => {
      const directory = await archiveToSpoil(how);
      const database = join(directory, 'archive.db');
      if (how === 'deleted') await rm(database);
      else await truncate(database, how === 'emptied' ? 0 : 1);
      const before = await treeOf(directory);

      const end = await trip.run({ into: how });
      expect(end).toMatchObject({ exitCode: 5, partRequests: 0 });
      expect(String(end.error)).toMatch(/archive\.db is gone from .* "ferry-crew-channel8001".*backup.*--out/);
      expect(await treeOf(directory)).toEqual(before);
      expect((await readdir(directory)).includes('archive.db')).toBe(how !== 'deleted');
      await expect(rendering(directory)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });

      await rm(join(directory, FOLDER), { recursive: true });
      expect(await trip.run({ into: how })).toMatchObject({ exitCode: 0 });
      expect(await treeOf(directory)).toEqual(undamaged);
    },
  );

  it.each([600, 4096, 40_000])('ends the export with 5 when it is cut to %i bytes', async (sizeBytes) => {
    const into = `cut-${sizeBytes}`;
    const directory = await archiveToSpoil(into);
    await truncate(join(directory, 'archive.db'), sizeBytes);
    const end = await trip.run({ into });
    expect(end).toMatchObject({ exitCode: 5, error: { code: 'ARCHIVE_DAMAGED' }, partRequests: 0 });
    expect(String(end.error)).toContain('backup');
    expect(await treeOf(directory)).toEqual(undamaged);
  });

  it('is made where folders of other programs are', async () => {
    const directory = trip.path('beside-others');
    await mkdir(join(directory, 'ChatExport_2023-11-14'), { recursive: true });
    await writeFile(join(directory, 'ChatExport_2023-11-14', 'result.json'), '{"name":"x","type":"bot_chat","id":1}');
    await mkdir(join(directory, 'holiday'));
    await writeFile(join(directory, 'holiday', 'report.json'), '{}');
    expect(await trip.run({ into: 'beside-others' })).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(directory, FOLDER, 'result.json'), 'utf8')).toContain('Ferry crew');
  });
});
