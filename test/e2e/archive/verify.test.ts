import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Verification, verifyArchive } from '../../../src/app/verify-archive.js';
import { Archive } from '../../../src/archive/archive.js';
import { Database } from '../../../src/disk/sqlite/database.js';
import type { Finding } from '../../../src/archive/verify/finding.js';
import { runChatferry, startChatferry } from '../../cli/run-chatferry.js';
import { readArchive, treeOf } from '../archive-check.js';
import { FERRY_USERNAME, FerryWorld } from '../ferry-world.js';
import { neverAborted, SimulatedExport } from '../simulated-export.js';

const FOLDER = 'ferry-crew-channel8001';
const ferry = new FerryWorld({ textCount: 4, hasForeign: false });
let trip: SimulatedExport;
let undamaged: Readonly<Record<string, string>>;
/** Paths of media, relative to the archive, that have at least a thousand bytes and are no copies of each other. */
let paths: readonly string[];
beforeAll(async () => {
  trip = await SimulatedExport.start(ferry.world, `@${FERRY_USERNAME}`);
  await trip.run({ into: 'undamaged' });
  undamaged = await treeOf(trip.path('undamaged'));
  const ids = [ferry.largeId, ferry.foreignId, ferry.loneId];
  const { records } = await readArchive(trip.path('undamaged'));
  paths = records.flatMap(({ message, media }) => {
    const [main] = media;
    return ids.includes(message.id) && main?.state === 'stored' ? [`${FOLDER}/${main.file.path}`] : [];
  });
});
afterAll(() => trip[Symbol.asyncDispose]());

async function archiveToSpoil(name: string): Promise<string> {
  await cp(trip.path('undamaged'), trip.path(name), { recursive: true });
  return trip.path(name);
}

interface Verified {
  readonly findings: readonly Finding[];
  readonly end: Verification;
  readonly notes: readonly string[];
}

async function verify(
  directory: string,
  { chats = [], isQuick = false }: { readonly chats?: readonly string[]; readonly isQuick?: boolean } = {},
): Promise<Verified> {
  const findings: Finding[] = [];
  const notes: string[] = [];
  let total = 0;
  let checked = 0;
  const work = verifyArchive({
    settings: { exportDir: directory },
    chats,
    isQuick,
    onNote: (text) => notes.push(text),
    onTotal: (count) => (total += count),
    onChecked: (count) => (checked += count),
    signal: neverAborted(),
  });
  for (;;) {
    const next = await work.next();
    if (next.done !== true) {
      findings.push(next.value);
      continue;
    }
    expect(next.value.fileCount).toBe(checked);
    if (!findings.some(({ kind }) => kind === 'database')) expect(checked).toBe(total);
    return { findings, end: next.value, notes };
  }
}

async function flip(path: string, at = 7): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

describe('verify', () => {
  it('finds nothing wrong with an archive that is as it was made, and changes nothing', async () => {
    const directory = await archiveToSpoil('sound');
    const { findings, end, notes } = await verify(directory);
    expect({ findings, notes }).toEqual({ findings: [], notes: [] });
    expect(end).toMatchObject({ chatCount: 1, messageCount: ferry.messageIds.length, damageCount: 0, markedCount: 0 });
    expect(end.bytes).toBeGreaterThan(2_200_000);
    expect(await treeOf(directory)).toEqual(undamaged);
    expect((await verify(directory, { isQuick: true })).end).toMatchObject({ bytes: 0, damageCount: 0 });
  });

  it('finds what is gone, cut, grown, flipped and swapped, and the next export mends all of it', async () => {
    const directory = await archiveToSpoil('spoilt');
    const [large = '', foreign = '', lone = ''] = paths;
    await rename(join(directory, large), join(directory, 'x')); // Both have the same size.
    await rename(join(directory, foreign), join(directory, large));
    await rename(join(directory, 'x'), join(directory, foreign));
    await flip(join(directory, lone));
    const photos = (await readdir(join(directory, FOLDER, 'media/photos'))).map(
      (name) => `${FOLDER}/media/photos/${name}`,
    );
    await rm(join(directory, photos[0] ?? ''));
    const [card = ''] = await readdir(join(directory, FOLDER, 'media/contacts'));
    await truncate(join(directory, FOLDER, 'media/contacts', card), 2);
    const [preview = ''] = await readdir(join(directory, FOLDER, 'thumbs'));
    await writeFile(join(directory, FOLDER, 'thumbs', preview), 'x', { flag: 'a' });

    const { findings, end } = await verify(directory);
    const found = findings.map(({ kind, path }) => `${kind} ${path ?? ''}`).sort();
    expect(found).toEqual(
      [
        ...[large, foreign, lone].map((path) => `content ${path}`),
        `missing ${photos[0] ?? ''}`,
        `size ${FOLDER}/media/contacts/${card}`,
        `size ${FOLDER}/thumbs/${preview}`,
      ].sort(),
    );
    expect(end).toMatchObject({ damageCount: 6, markedCount: 6, strayCount: 0 });

    const again = await verify(directory);
    expect(again.findings.map(({ kind }) => kind)).toEqual(Array.from({ length: 6 }, () => 'owed'));
    expect(again.end).toMatchObject({ damageCount: 6, markedCount: 0 });

    expect(await trip.run({ into: 'spoilt' })).toMatchObject({ exitCode: 0 });
    expect(await treeOf(directory)).toEqual(undamaged);
    expect((await verify(directory)).findings).toEqual([]);
  });

  it('looks at sizes alone when it is to be quick', async () => {
    const directory = await archiveToSpoil('quick');
    await flip(join(directory, paths[0] ?? ''));
    await truncate(join(directory, paths[1] ?? ''), 3);
    const { findings } = await verify(directory, { isQuick: true });
    expect(findings).toMatchObject([{ kind: 'size', path: paths[1] }]);
  });

  it('takes back what is put back from a backup, and so does an export, without asking Telegram', async () => {
    for (const into of ['put-back-verify', 'put-back-export']) {
      const directory = await archiveToSpoil(into);
      const path = join(directory, paths[0] ?? '');
      await flip(path);
      expect((await verify(directory)).end).toMatchObject({ damageCount: 1, markedCount: 1 });
      await flip(path);
      if (into === 'put-back-verify') expect((await verify(directory)).findings).toEqual([]);
      expect(await trip.run({ into })).toMatchObject({ exitCode: 0, partRequests: 0 });
      expect(await treeOf(directory)).toEqual(undamaged);
    }
  });

  it('lists files that no row names, which is no damage, and takes nothing else for one', async () => {
    const directory = await archiveToSpoil('strays');
    const folder = join(directory, FOLDER);
    const strays = ['media/photos/stray.jpg', 'media/mine/notes.txt', 'thumbs/0.webp', 'letter.txt'];
    await mkdir(join(folder, 'media/mine'));
    for (const path of strays) await writeFile(join(folder, path), 'x');
    await mkdir(join(folder, '.partial'), { recursive: true });
    await writeFile(join(folder, '.partial', 'document+1.part'), 'x');
    await writeFile(join(folder, '.DS_Store'), 'x');
    await cp(folder, join(directory, 'old-crew-channel9'), { recursive: true });
    await mkdir(join(directory, 'holiday'));

    const { findings, end } = await verify(directory);
    expect(findings.map(({ kind, path }) => `${kind} ${path ?? ''}`).sort()).toEqual(
      [...strays.map((path) => `stray ${FOLDER}/${path}`), 'stray old-crew-channel9'].sort(),
    );
    expect(end).toMatchObject({ damageCount: 0, strayCount: 5 });
    expect((await verify(directory, { chats: ['@ferry_crew'] })).end.strayCount).toBe(4);
  });

  it('checks the files of a folder that was renamed where they are', async () => {
    const directory = await archiveToSpoil('renamed');
    await rename(join(directory, FOLDER), join(directory, 'mine'));
    await flip(join(directory, (paths[2] ?? '').replace(FOLDER, 'mine')));
    const { findings } = await verify(directory);
    expect(findings).toMatchObject([
      { kind: 'folder', path: FOLDER },
      { kind: 'content', path: (paths[2] ?? '').replace(FOLDER, 'mine') },
    ]);
  });

  it('finds rows that contradict each other, and a search index that misses messages', async () => {
    const directory = await archiveToSpoil('contradictions');
    const path = join(directory, 'archive.db');
    using database = new Database(path);
    database.exec(`PRAGMA foreign_keys = OFF;
      DELETE FROM files WHERE sha256 = (SELECT sha256 FROM media WHERE sha256 IS NOT NULL LIMIT 1);
      DELETE FROM message_search WHERE rowid = (SELECT max(rowid) FROM message_search_docsize);`);
    database.close();
    const bytes = await readFile(path);
    bytes[bytes.indexOf('{"name":"Bob"')] = 0x5b; // SQL would not let it in.
    await writeFile(path, bytes);

    const { findings, notes } = await verify(directory);
    expect(findings.filter(({ kind }) => kind === 'database').map(({ text }) => text)).toEqual([
      'malformed JSON', // SQLite's own check computes columns from it, and goes no further.
      'a row of media names one of files that is not there',
      '1 rows of senders whose data is not JSON',
      '1 messages that are not in the search index',
      expect.stringContaining('senders.data is not JSON'),
      expect.stringContaining('its state is "stored", but the columns of that state are empty'),
    ]);
    expect(notes.join()).toContain('nothing is written to it');
  });

  it.each([0.3, 0.5, 0.7, 0.9])('finds pages of the database that were overwritten at %d of its length', async (at) => {
    const directory = await archiveToSpoil(`pages-${at}`);
    const path = join(directory, 'archive.db');
    const bytes = await readFile(path);
    const from = Math.floor((bytes.length * at) / 4096) * 4096;
    bytes.fill(0xa5, from, from + 2 * 4096);
    await writeFile(path, bytes);
    const { end, findings } = await verify(directory);
    expect(end.damageCount).toBeGreaterThan(0);
    expect(findings.some(({ kind }) => kind === 'database')).toBe(true);
  });

  it('lists a database that cannot be read at all, or is gone', async () => {
    const directory = await archiveToSpoil('unreadable');
    const path = join(directory, 'archive.db');
    await truncate(path, 30_000);
    expect((await verify(directory)).findings[0]).toMatchObject({ kind: 'database', path: 'archive.db' });
    await rm(path);
    expect((await verify(directory)).findings[0]?.text).toContain('archive.db is gone');
  });

  it('works beside a writer without false alarms, writes nothing, and says so', async () => {
    const directory = await archiveToSpoil('beside');
    await flip(join(directory, paths[0] ?? ''));
    {
      using archive = await Archive.open(directory);
      await writeFile(join(archive.directory, FOLDER, 'media/photos/on-its-way.jpg'), 'x');
      const { findings, end, notes } = await verify(directory);
      expect(findings).toMatchObject([{ kind: 'content', path: paths[0] }]);
      expect(end.markedCount).toBe(0);
      expect(notes.join()).toMatch(/in use by process \d+ .*not marked as missing/);
    }
    expect((await verify(directory)).end).toMatchObject({ markedCount: 1, strayCount: 1 });
  });
});

describe('chatferry verify', () => {
  it('says what it found in words and in JSON, and ends with 0 or 5', async () => {
    const directory = await archiveToSpoil('program');
    const options = { cwd: trip.directory, env: { EXPORT_DIR: directory } };
    const sound = await runChatferry(['verify'], options);
    expect(sound).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Sound: 1 chat, /) as string });

    await flip(join(directory, paths[0] ?? ''));
    const damaged = await runChatferry(['verify', '--json', '@ferry_crew'], options);
    const documents = damaged.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(damaged.code).toBe(5);
    expect(documents).toMatchObject([
      { type: 'finding', kind: 'content', chatId: 'channel8001', messageId: ferry.largeId, path: paths[0] },
      { type: 'summary', damageCount: 1, markedCount: 1 },
    ]);
    const owed = await runChatferry(['verify'], options);
    expect(owed.code).toBe(5);
    expect(owed.stdout).toMatch(/^owed: .*The next export of the chat fetches it again\.\n\nDamaged: 1 /);
    const [, , gone = ''] = paths;
    await rm(join(directory, gone));
    const { stdout } = await runChatferry(['verify', '--quick'], options);
    expect(stdout.split('\n')).toContain(`missing: ${gone} is not on the disk any more.`); // And the path once.
    expect(await runChatferry(['verify', '@nobody'], options)).toMatchObject({ code: 2 });
    expect(await runChatferry(['verify', '--out', 'nowhere'], options)).toMatchObject({ code: 2 });
  });

  it('stops within two seconds of Ctrl-C with 6, in the middle of a file', async () => {
    const directory = await archiveToSpoil('stopped');
    const path = join(directory, paths[0] ?? '');
    await truncate(path, 40_000_000_000); // A hole: it takes half a minute to hash.
    using database = new Database(join(directory, 'archive.db'));
    database.exec(`UPDATE files SET size_bytes = 40000000000 WHERE sha256 =
      (SELECT sha256 FROM media WHERE message_id = ${ferry.largeId} AND state = 'stored')`);
    database.close();
    await utimes(path, 0, 0);
    const child = startChatferry(['verify'], { cwd: trip.directory, env: { EXPORT_DIR: directory } });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    while (!said.includes('files')) await once(child.stderr, 'data');
    const startedMs = performance.now();
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).toBe(6);
    expect(performance.now() - startedMs).toBeLessThan(2500);
  });
});
