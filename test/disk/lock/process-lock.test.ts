import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { ProcessLock } from '../../../src/disk/lock/process-lock.js';
import { startProgram } from '../../archive/child-program.js';
import { CHAT } from '../../archive/sample-message.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { Database } from '../../../src/disk/sqlite/database.js';
import { Canary, HOSTILE_ENTRIES } from '../hostile-entries.js';

describe('a lock of a process', () => {
  it('refuses a second one and names the first, until that is killed', async () => {
    const lockFile = join(temporaryDirectory(), 'a.lock');
    const holder = startProgram('lock-holder', lockFile);
    expect(await holder.nextLine()).toBe('taken');

    expect(() => ProcessLock.take(lockFile, 'The thing')).toThrow(
      expect.objectContaining({
        code: 'LOCKED',
        message: expect.stringContaining(`The thing is in use by process ${holder.pid} on`) as string,
      }),
    );
    await holder.kill();
    using lock = ProcessLock.take(lockFile, 'The thing');
    expect(lock).toBeDefined();
  });

  it('has one winner among processes that start at once, round after round', async () => {
    const lockFile = join(temporaryDirectory(), 'a.lock');
    for (let round = 0; round < 3; round += 1) {
      rmSync(lockFile, { force: true });
      const holders = Array.from({ length: 4 }, () => startProgram('lock-holder', lockFile));
      const words = await Promise.all(holders.map((holder) => holder.nextLine()));
      expect(words.filter((word) => word === 'taken')).toHaveLength(1);
      await Promise.all(holders.map((holder) => holder.kill()));
    }
  });

  it('says so when its file cannot be made', () => {
    expect(() => ProcessLock.take(join(temporaryDirectory(), 'missing', 'a.lock'), 'The thing')).toThrow(
      expect.objectContaining({ code: 'FILE_SYSTEM' }),
    );
  });
});

describe('the file of a lock', () => {
  it('is for its owner alone, of one page, and has nothing beside it while the lock is held and after', () => {
    const folder = temporaryDirectory();
    const lockFile = join(folder, 'a.lock');
    for (let round = 0; round < 3; round += 1) {
      using lock = ProcessLock.take(lockFile, 'The thing');
      expect(lock).toBeDefined();
      expect(readdirSync(folder)).toEqual(['a.lock']);
      expect(statSync(lockFile).size).toBe(4096); // One page: it is written whole or not at all.
      if (process.platform !== 'win32') expect(statSync(lockFile).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(folder)).toEqual(['a.lock']);
  });

  it('may be there and empty', () => {
    const lockFile = join(temporaryDirectory(), 'a.lock');
    writeFileSync(lockFile, '');
    using lock = ProcessLock.take(lockFile, 'The thing');
    expect(lock).toBeDefined();
  });

  it('may be one of an earlier version, and names its holder then as well', () => {
    const lockFile = join(temporaryDirectory(), 'a.lock');
    const earlier = new Database(lockFile);
    earlier.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL, host TEXT NOT NULL)');
    earlier.exec(`INSERT INTO holder VALUES (4321, 'tide''s'); BEGIN IMMEDIATE`);
    const named = "The thing is in use by process 4321 on tide's.";
    expect(() => ProcessLock.take(lockFile, 'The thing')).toThrow(named);
    earlier.close();
    using lock = ProcessLock.take(lockFile, 'The thing');
    expect(() => ProcessLock.take(lockFile, 'The thing')).toThrow(`by process ${process.pid} on`);
    expect(lock).toBeDefined();
  });

  it('gives the lock of this process up to nobody when a second try in it fails', async () => {
    const lockFile = join(temporaryDirectory(), 'a.lock');
    using lock = ProcessLock.take(lockFile, 'The thing');
    expect(() => ProcessLock.take(lockFile, 'The thing')).toThrow(`by process ${process.pid} on`);
    const other = startProgram('lock-holder', lockFile);
    expect(await other.nextLine()).toBe('refused');
    await other.kill();
    expect(lock).toBeDefined();
  });

  it.each([
    ['another table', 'CREATE TABLE notes (text TEXT)'],
    [
      'a table more than a lock has',
      "CREATE VIEW holder AS SELECT 1 AS pid, 'x' AS host; CREATE TABLE notes (text TEXT)",
    ],
    ['a view that does more', "CREATE VIEW holder AS SELECT load_extension('/x') AS pid, 'x' AS host"],
    [
      'a trigger',
      'CREATE TABLE holder (pid INTEGER NOT NULL, host TEXT NOT NULL); CREATE TRIGGER t AFTER INSERT ON holder BEGIN SELECT 1; END',
    ],
    ['nothing in it', 'CREATE TABLE t (a); DROP TABLE t'],
  ])('is refused and stays as it is when it is a database with %s', (_name, sql) => {
    const folder = temporaryDirectory();
    const lockFile = join(folder, 'a.lock');
    using database = new Database(lockFile);
    database.exec(sql);
    database.close();
    const before = readFileSync(lockFile);
    expect(() => ProcessLock.take(lockFile, 'The thing')).toThrow(
      expect.objectContaining({
        code: 'FILE_SYSTEM',
        message: expect.stringContaining(
          `${lockFile} is needed as a lock, and it is a file of something else`,
        ) as string,
      }),
    );
    expect(readFileSync(lockFile).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(['a.lock']);
  });

  it.each([1, 19, 100, 4095])('is refused and stays as it is when %i bytes of it were left by a power cut', (size) => {
    const lockFile = join(temporaryDirectory(), 'a.lock');
    ProcessLock.take(lockFile, 'The thing')[Symbol.dispose]();
    const left = readFileSync(lockFile).subarray(0, size);
    writeFileSync(lockFile, left);
    expect(() => ProcessLock.take(lockFile, 'The thing')).toThrow('delete it while no chatferry runs');
    expect(readFileSync(lockFile).equals(left)).toBe(true);
  });

  it.skipIf(process.platform === 'win32').each(HOSTILE_ENTRIES)('is refused when it is %s', (entry) => {
    const folder = temporaryDirectory();
    const canary = new Canary(join(folder, 'outside'));
    const lockFile = join(folder, 'a.lock');
    canary.put(entry, lockFile);
    expect(() => ProcessLock.take(lockFile, 'The thing')).toThrow(
      expect.objectContaining({ code: 'FILE_SYSTEM', message: expect.stringContaining(lockFile) as string }),
    );
    expect(canary.state()).toBe(canary.before);
  });

  it
    .skipIf(process.platform === 'win32')
    .each(['-journal', '-wal', '-shm'].flatMap((suffix) => HOSTILE_ENTRIES.map((entry) => [suffix, entry] as const)))(
    'is refused when beside it, with %s, there is %s',
    (suffix, entry) => {
      for (const isThere of [false, true]) {
        const folder = temporaryDirectory();
        const lockFile = join(folder, 'a.lock');
        if (isThere) writeFileSync(lockFile, '');
        const canary = new Canary(join(folder, 'outside'));
        canary.put(entry, `${lockFile}${suffix}`);
        expect(() => ProcessLock.take(lockFile, 'The thing')).toThrow(`${lockFile}${suffix} is there`);
        expect(canary.state()).toBe(canary.before);
      }
    },
  );
});

describe('the lock of an archive', () => {
  it('refuses a second writer in the same process too', async () => {
    const directory = temporaryDirectory();
    using first = await Archive.open(directory);

    await expect(Archive.open(directory)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`${directory} is in use by process ${process.pid} on`) as string,
    });
    first.placeChat(CHAT);
    expect(first.chats()).toHaveLength(1);
  });

  it('is free again as soon as the archive is closed', async () => {
    const directory = temporaryDirectory();
    for (let round = 0; round < 20; round += 1) {
      using archive = await Archive.open(directory);
      expect(archive.directory).toBe(directory);
    }
  });

  it('lets exactly one of many in', async () => {
    const directory = temporaryDirectory();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => Archive.open(directory)));
    const opened = results.filter((result) => result.status === 'fulfilled');

    expect(opened).toHaveLength(1);
    for (const { value } of opened) value.close();
  });

  it('is not needed to read', async () => {
    const directory = temporaryDirectory();
    using writer = await Archive.open(directory);
    writer.placeChat(CHAT);
    using reader = await Archive.open(directory, { readOnly: true });

    expect(reader.chats()).toEqual(writer.chats());
  });
});
