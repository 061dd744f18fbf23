import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';

import { verifyArchive } from '../../../src/app/verify-archive.js';
import { Archive } from '../../../src/archive/archive.js';
import { ARCHIVE_VERSION } from '../../../src/archive/migrations.js';
import { archiveWithEverything, execute, stateOf } from './hostile-archive.js';
import { makeOldArchive } from '../old-archive.js';
import { temporaryDirectory } from '../temporary-directory.js';

/** Statements that change the schema, and the name of what is refused then. */
const SCHEMA_CHANGES: readonly (readonly [what: string, sql: string, named: string])[] = [
  ['a trigger', "CREATE TRIGGER t AFTER INSERT ON runs BEGIN SELECT load_extension('x.so'); END", 'trigger "t"'],
  ['a view', 'CREATE VIEW v AS SELECT * FROM chats', 'view "v"'],
  ['a view with the name of a table', 'ALTER TABLE senders RENAME TO s; CREATE VIEW senders AS SELECT * FROM s', '"s'],
  ['a table', 'CREATE TABLE other (a)', 'table "other"'],
  ['a virtual table', 'CREATE VIRTUAL TABLE f USING fts5 (a)', 'table "f'],
  ['a column', 'ALTER TABLE media ADD COLUMN x DEFAULT 5', 'table "media"'],
  [
    'a generated column',
    'ALTER TABLE media ADD COLUMN x AS (zeroblob(position * 1000000000)) VIRTUAL',
    'table "media"',
  ],
  ['an index', 'CREATE INDEX i ON messages (date_ms)', 'index "i"'],
  ['an index over an expression', 'CREATE INDEX i ON messages (abs(id))', 'index "i"'],
  [
    'an index that is another',
    'DROP INDEX files_by_size; CREATE INDEX files_by_size ON files (kind)',
    'index "files_by_size"',
  ],
  ['a missing index', 'DROP INDEX files_by_size', 'index "files_by_size"'],
  ['a missing table', 'DROP TABLE parts', 'table "parts"'],
  [
    'a search index that is another',
    'DROP TABLE message_search; CREATE VIRTUAL TABLE message_search USING fts5 (text, names)',
    '"message_search',
  ],
];

async function expectRefused(directory: string, expected: { readonly code: string; readonly message?: unknown }) {
  await expect(Archive.open(directory, { readOnly: true })).rejects.toMatchObject(expected);
  await expect(Archive.open(directory)).rejects.toMatchObject(expected);
}

describe('an archive whose database has what none of ours has', () => {
  it.each(SCHEMA_CHANGES)('is refused for %s, by its name, untouched', async (_what, sql, named) => {
    const directory = temporaryDirectory();
    execute(await archiveWithEverything(directory), sql);
    const before = stateOf(directory);

    const message: unknown = expect.stringContaining(named);
    await expectRefused(directory, { code: 'ARCHIVE_DAMAGED', message });
    expect(stateOf(directory)).toEqual(before);
  });

  it.each([1, 2, 3, 4, 5] as const)(
    'is refused for a trigger before one of version %i is brought up to date',
    async (version) => {
      const directory = temporaryDirectory();
      makeOldArchive(directory, version, (database) => {
        database.exec('CREATE TRIGGER t AFTER UPDATE ON chats BEGIN DELETE FROM messages; END');
      });
      const before = stateOf(directory);

      await expect(Archive.open(directory)).rejects.toMatchObject({
        code: 'ARCHIVE_DAMAGED',
        message: expect.stringContaining('trigger "t"') as string,
      });
      expect(stateOf(directory)).toEqual(before);
    },
  );

  it.each([-1, -2147483648, 0, ARCHIVE_VERSION + 1, 2147483647])('is refused for version %i', async (version) => {
    const directory = temporaryDirectory();
    execute(await archiveWithEverything(directory), `PRAGMA user_version = ${version}`);
    const before = stateOf(directory);

    await expectRefused(directory, { code: 'ARCHIVE_DAMAGED' });
    expect(stateOf(directory)).toEqual(before);
  });

  it.each([
    ['chats', 'data', (archive: Archive) => archive.chats()],
    ['messages', 'data', (archive: Archive) => [...archive.messages('channel42')]],
    ['media', 'data', (archive: Archive) => [...archive.messages('channel42')]],
    ['senders', 'data', (archive: Archive) => archive.sender('user5')],
    ['runs', 'start', (archive: Archive) => archive.runs()],
    ['runs', '"end"', (archive: Archive) => archive.runs()],
    ['messages', 'id', (archive: Archive) => [...archive.messages('channel42')]],
  ] as const)('is damaged, and no defect of ours, where %s.%s is no value of its kind', async (table, column, read) => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    const whole = readFileSync(path);
    const values = column === 'id' ? ['9007199254740993'] : ["'[]'", "'5'", "'null'", 'its braces'];
    for (const value of values) {
      writeFileSync(path, whole);
      // SQLite itself writes nothing that is no JSON.
      if (value === 'its braces') writeFileSync(path, whole.toString('latin1').replaceAll('{"', '!"'), 'latin1');
      else execute(path, `UPDATE ${table} SET ${column} = ${value}${column === 'id' ? ' WHERE id = 3' : ''}`);
      const opened = (async () => {
        using archive = await Archive.open(directory, { readOnly: true });
        read(archive);
      })();
      await expect(opened, value).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    }
  });

  it('has none of what is in it run by verify', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    // Evaluated for each row, it would take hours.
    const slow = '(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n LIMIT 1)';
    execute(
      path,
      `CREATE VIEW endless AS SELECT ${slow}; CREATE TABLE other (a, b AS (hex(zeroblob(200000000))) UNIQUE)`,
    );
    const found: string[] = [];
    const nothing = (): void => undefined;
    const request = {
      settings: { exportDir: directory },
      chats: [],
      isQuick: false,
      signal: new AbortController().signal,
    };
    for await (const { text } of verifyArchive({ ...request, onNote: nothing, onTotal: nothing, onChecked: nothing }))
      found.push(text);

    expect(found).toEqual([expect.stringMatching(/has a (?:view|table|index) ".*", which no archive has/)]);
  });

  it.each([
    ["folder = 'else-channel43'", 'else-channel43', 'channel42'],
    ["id = 'account7001/user7002'", 'rust-gophers-channel42', 'account7001/user7002'],
    ["id = 'account7001/user42', folder = 'x-user42-account7'", 'x-user42-account7', 'account7001/user42'],
    ["id = 'x'", 'rust-gophers-channel42', 'x'],
    ["id = x'00'", 'rust-gophers-channel42', ''],
  ])('is refused where a chat has the folder of another: %s', async (change, folder, id) => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    execute(path, `UPDATE chats SET ${change}`);
    const before = stateOf(directory);

    await expectRefused(directory, {
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining(
        `chats.folder is "${folder}": it is not named after its chat, "${id}"`,
      ) as string,
    });
    expect(stateOf(directory)).toEqual(before);
  });

  it('is refused, and left as it is, where it is too short for a database', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'archive.db'), 'my own words');

    await expect(Archive.open(directory)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    expect(readFileSync(join(directory, 'archive.db'), 'utf8')).toBe('my own words');
  });

  it('is taken with the statistics that ANALYZE leaves', async () => {
    const directory = temporaryDirectory();
    execute(await archiveWithEverything(directory), 'ANALYZE');

    using archive = await Archive.open(directory);
    expect(archive.chats()).toHaveLength(1);
  });
});

describe('something else in the place of a file of the database', () => {
  const PLACES = ['archive.db', 'archive.db-wal', 'archive.db-shm', 'archive.db-journal'] as const;
  const CANARY = 'precious'.repeat(200);

  it.each(
    PLACES.flatMap((name) =>
      (process.platform === 'win32'
        ? ['hard link', 'folder']
        : ['link', 'dead link', 'hard link', 'pipe', 'folder']
      ).map((kind) => [name, kind] as const),
    ),
  )('is refused by name and left alone: %s as a %s', async (name, kind) => {
    const root = temporaryDirectory();
    const directory = join(root, 'exports');
    await archiveWithEverything(directory);
    const canary = join(root, 'canary');
    writeFileSync(canary, CANARY);
    const path = join(directory, name);
    rmSync(path, { force: true });
    if (kind === 'link') symlinkSync(canary, path);
    else if (kind === 'dead link') symlinkSync(join(root, 'made-through-a-link'), path);
    else if (kind === 'hard link') linkSync(canary, path);
    else if (kind === 'pipe') execFileSync('mkfifo', [path]);
    else mkdirSync(path);
    const before = stateOf(root);

    await expect(Archive.open(directory)).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringContaining(path) as string,
    });
    expect(stateOf(root)).toEqual(before);
  });

  it('is refused for a database that has another name elsewhere, and read all the same', async () => {
    const root = temporaryDirectory();
    const directory = join(root, 'exports');
    const path = await archiveWithEverything(directory);
    linkSync(path, join(root, 'snapshot.db'));

    await expect(Archive.open(directory)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    using archive = await Archive.open(directory, { readOnly: true });
    expect(archive.messageCount('channel42')).toBe(4);
  });

  it('is refused for a journal that names a file for SQLite to delete', async () => {
    const root = temporaryDirectory();
    const directory = join(root, 'exports');
    const path = await archiveWithEverything(directory);
    const victim = join(root, 'victim');
    writeFileSync(victim, 'precious');
    writeFileSync(`${path}-journal`, journalNaming(victim, readFileSync(path)));
    const before = stateOf(root);

    await expectRefused(directory, { code: 'ARCHIVE_DAMAGED', message: expect.stringContaining('-journal') });
    expect(stateOf(root)).toEqual(before);
  });

  it('is refused for the log of another database', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithEverything(directory);
    const other = new DatabaseSync(join(temporaryDirectory(), 'other.db'));
    other.exec('PRAGMA journal_mode = WAL; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
    const log = readFileSync(`${other.location() ?? ''}-wal`);
    other.close();
    execute(path, 'PRAGMA journal_mode = WAL');
    writeFileSync(`${path}-wal`, log);

    await expect(Archive.open(directory)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);
  });
});

/** A hot journal of one page that ends with a super-journal (https://sqlite.org/fileformat2.html#the_rollback_journal). */
function journalNaming(victim: string, database: Buffer): Buffer {
  const pageBytes = database.readUInt16BE(16);
  const header = Buffer.alloc(512);
  Buffer.from('d9d505f920a163d7', 'hex').copy(header);
  header.writeUInt32BE(1, 8);
  header.writeUInt32BE(0, 12);
  header.writeUInt32BE(database.length / pageBytes, 16);
  header.writeUInt32BE(512, 20);
  header.writeUInt32BE(pageBytes, 24);
  const page = database.subarray(0, pageBytes);
  let checksum = 0;
  for (let at = pageBytes - 200; at > 0; at -= 200) checksum = (checksum + (page[at] ?? 0)) >>> 0;
  const record = Buffer.alloc(pageBytes + 8);
  record.writeUInt32BE(1, 0);
  page.copy(record, 4);
  record.writeUInt32BE(checksum, pageBytes + 4);
  const name = Buffer.from(victim);
  const end = Buffer.alloc(16);
  end.writeUInt32BE(name.length, 0);
  end.writeUInt32BE(
    name.reduce((sum, byte) => sum + byte, 0),
    4,
  );
  Buffer.from('d9d505f920a163d7', 'hex').copy(end, 8);
  const lockPage = Buffer.alloc(4);
  lockPage.writeUInt32BE(0x40000000 / pageBytes + 1);
  return Buffer.concat([header, record, lockPage, name, end]);
}
