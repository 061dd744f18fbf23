import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { finishEarlierRun } from '../../src/app/process-media.js';
import { type ProcessedMedia, processMedia } from '../../src/index.js';
import { execute, stateOf } from '../archive/checks/hostile-archive.js';
import { temporaryDirectory } from '../archive/temporary-directory.js';

async function processed(path: string, out: string): Promise<readonly ProcessedMedia[]> {
  const results: ProcessedMedia[] = [];
  for await (const result of processMedia([path], { out })) results.push(result);
  return results;
}

/** A picture, and an output folder in which it was processed. */
async function stage() {
  const root = temporaryDirectory();
  const out = join(root, 'out');
  mkdirSync(join(root, 'mine'));
  const picture = join(root, 'mine', 'sky.png');
  await sharp({ create: { width: 64, height: 64, channels: 3, background: '#08f' } })
    .png()
    .toFile(picture);
  const precious = join(root, 'mine', 'precious.txt');
  writeFileSync(precious, 'precious');
  await processed(picture, out);
  return { root, out, picture, precious, database: join(out, '.chatferry', 'made.db') };
}

/** The mark of a file as a plan has it, which who prepares a folder cannot know: here they do. */
function markOf(path: string): string {
  const { ino, size, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
  return [ino, size, mtimeNs, ctimeNs].join(':');
}

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('an output folder from elsewhere', () => {
  it('has its plans left alone for files that are not named now', async () => {
    const { root, out, picture, precious, database } = await stage();
    const target = join(root, 'mine', 'precious.webp');
    const copy = join(out, 'precious.small.webp');
    writeFileSync(target, 'x');
    copyFileSync(target, copy);
    const aside = join(root, 'mine', '.precious.webp.0123456789ab.replacing');
    writeFileSync(aside, 'mine too');
    const plan = [precious, markOf(precious), target, copy, digest(target), aside, '{"derivatives":[]}', 'v1'];
    execute(database, 'INSERT INTO replacements VALUES (?, ?, ?, ?, ?, ?, ?, ?)', ...plan);
    const signal = new AbortController().signal;

    await finishEarlierRun(out, [picture], signal);
    await processed(picture, out);
    expect([precious, target, aside, copy].map((path) => existsSync(path))).toEqual([true, true, true, true]);

    await finishEarlierRun(out, [precious], signal);
    expect([precious, target, aside, copy].map((path) => existsSync(path))).toEqual([false, true, false, false]);
  });

  it.each([
    ['another folder', (root: string) => ({ target: join(root, 'sky.webp') })],
    ['another name', (root: string) => ({ target: join(root, 'mine', 'else.webp') })],
    ['a file beside it', (root: string) => ({ aside: join(root, 'mine', 'precious.txt') })],
    ['a copy elsewhere', (root: string) => ({ copy: join(root, 'mine', 'precious.webp') })],
    ['a copy above', (root: string) => ({ copy: join(root, 'out', '..', 'mine', 'precious.webp') })],
  ])('has no plan carried out that goes to %s', async (_what, change) => {
    const { root, out, picture, precious, database } = await stage();
    writeFileSync(join(root, 'mine', 'precious.webp'), 'x');
    for (const path of [join(root, 'sky.webp'), join(root, 'mine', 'else.webp'), join(root, 'mine', 'sky.webp')])
      writeFileSync(path, 'x');
    const plan = {
      target: join(root, 'mine', 'sky.webp'),
      copy: join(out, 'sky.small.webp'),
      aside: join(root, 'mine', '.sky.webp.0123456789ab.replacing'),
      ...change(root),
    };
    const row = [picture, markOf(picture), plan.target, plan.copy, digest(plan.target), plan.aside, '{}', 'v1'];
    execute(database, 'INSERT INTO replacements VALUES (?, ?, ?, ?, ?, ?, ?, ?)', ...row);

    await finishEarlierRun(out, [picture], new AbortController().signal);
    for (const path of [picture, precious, join(root, 'mine', 'precious.webp')]) expect(existsSync(path)).toBe(true);
  });

  it.each([
    'CREATE TRIGGER t AFTER INSERT ON made BEGIN DELETE FROM outputs; END',
    'CREATE VIEW v AS SELECT 1',
    'ALTER TABLE outputs RENAME TO o; CREATE VIEW outputs AS SELECT path, source FROM o',
  ])('is refused with what none of ours has: %s', async (sql) => {
    const { out, picture, database } = await stage();
    execute(database, sql);

    await expect(processed(picture, out)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });

  it.each([
    ['of another program', 'CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)'],
    ['of another program that writes ahead', 'PRAGMA journal_mode = WAL; CREATE TABLE theirs (a)'],
    ['of another program, with a table that has the name of ours', 'CREATE TABLE made (source TEXT PRIMARY KEY)'],
    ['of another program that has no tables yet', 'PRAGMA application_id = 77'],
    ['of another program, by its version', 'PRAGMA user_version = 3'],
  ])('is refused with not a byte changed for a database %s', async (_what, sql) => {
    const { out, picture, database } = await stage();
    rmSync(database);
    execute(database, sql);
    const before = stateOf(out).filter((line) => !line.includes('lock'));

    await expect(processed(picture, out)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(stateOf(out).filter((line) => !line.includes('lock'))).toEqual(before);
  });

  it.each(['a few words', 'words '.repeat(1000)])(
    'is refused with not a byte changed for what is no database',
    async (text) => {
      const { out, picture, database } = await stage();
      writeFileSync(database, text);

      await expect(processed(picture, out)).rejects.toMatchObject({
        code: 'FILE_SYSTEM',
        message: expect.stringContaining(database) as string,
      });
      expect(readFileSync(database, 'utf8')).toBe(text);
    },
  );

  it('is refused with the log of a database of another program left beside it', async () => {
    const { out, picture, database } = await stage();
    rmSync(database);
    const theirs = new DatabaseSync(database);
    theirs.exec('PRAGMA journal_mode = WAL; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
    const [whole, log] = [readFileSync(database), readFileSync(`${database}-wal`)];
    theirs.close();
    writeFileSync(database, whole);
    writeFileSync(`${database}-wal`, log);

    await expect(processed(picture, out)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(readFileSync(database).equals(whole)).toBe(true);
    expect(readFileSync(`${database}-wal`).equals(log)).toBe(true);
  });

  it.each(['', 'PRAGMA user_version = 0; VACUUM'])(
    'is taken with a database that has no tables yet: "%s"',
    async (sql) => {
      const { out, picture, database } = await stage();
      rmSync(database);
      execute(database, sql);
      rmSync(join(out, 'sky.thumb.webp'));

      await expect(processed(picture, out)).resolves.toMatchObject([{ state: 'done' }]);
      await expect(processed(picture, out)).resolves.toMatchObject([{ state: 'done', wasMade: true }]);
    },
  );

  it.each([
    ["json_remove(data, '$.content')"],
    ["json_set(data, '$.content', 5, '$.problems', 7)"],
    ["json_set(data, '$.problems', json('[null]'))"],
    ["json_set(data, '$.problems', json('[5]'))"],
    ["json_set(data, '$.facts', json('null'))"],
    ["json_set(data, '$.facts.videoCodec', json('{}'))"],
    ["json_set(data, '$.derivatives', json('{}'))"],
    ["json_set(data, '$.derivatives[0].path', 5)"],
    ["json_set(data, '$.derivatives[0].kind', 'transmogrified')"],
    ["json_set(data, '$.waveform', 'loud')"],
    ["json_set(data, '$.sha256', 'ab')"],
    ["'[]'"],
    ["'null'"],
    ["'no JSON'"],
  ])('has what it remembers made again where that is not of our shape: %s', async (data) => {
    const { out, picture, database } = await stage();
    const [before] = await processed(picture, out);
    expect(before).toMatchObject({ state: 'done', wasMade: true });
    execute(database, `UPDATE made SET data = ${data}`);

    const [again] = await processed(picture, out);
    expect(again).toMatchObject({ state: 'done', content: { kind: 'image' }, problems: [] });
    expect(again).not.toHaveProperty('wasMade');
    await expect(processed(picture, out)).resolves.toMatchObject([{ state: 'done', wasMade: true }]);
  });

  it.each(['../mine/precious', '/tmp/precious', 'a/../../mine/x', ''])('is refused for the stem "%s"', async (stem) => {
    const { out, picture, precious, database } = await stage();
    execute(database, 'UPDATE stems SET stem = ?', stem);

    await expect(processed(picture, out)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    expect(readFileSync(precious, 'utf8')).toBe('precious');
  });

  it('gives no file of others away as what it made', async () => {
    const { root, out, picture, precious, database } = await stage();
    const from = relative(out, precious).split(sep).join('/');
    execute(
      database,
      `UPDATE made SET data = json_set(data, '$.derivatives[0].path', ?, '$.derivatives[0].sizeBytes', 8)`,
      from,
    );
    const [result] = await processed(picture, out);
    expect(result).toMatchObject({ state: 'failed', code: 'ARCHIVE_DAMAGED' });

    writeFileSync(join(out, 'theirs.txt'), 'precious');
    execute(database, `UPDATE made SET data = json_set(data, '$.derivatives[0].path', 'theirs.txt')`);
    const [again] = await processed(picture, out);
    expect(again).toMatchObject({ state: 'done' });
    expect(JSON.stringify(again)).not.toContain('theirs.txt');
    expect(existsSync(join(root, 'mine', 'precious.txt'))).toBe(true);
  });
});
