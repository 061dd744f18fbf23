import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Database } from '../../../src/disk/sqlite/database.js';
import { fileError } from '../../../src/disk/file-error.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';

function databaseWithTable(): Database {
  const database = new Database(join(temporaryDirectory(), 'test.db'));
  database.exec('CREATE TABLE numbers (n INTEGER)');
  return database;
}

describe('Database', () => {
  it('undoes a transaction that throws, and passes the error on', () => {
    using database = databaseWithTable();
    const mishap = new Error('mishap');

    expect(() =>
      database.transaction(() => {
        database.exec('INSERT INTO numbers VALUES (1)');
        throw mishap;
      }),
    ).toThrow(mishap);
    expect(database.prepare('SELECT * FROM numbers').all()).toEqual([]);
  });

  it('refuses an integer that JavaScript cannot hold, instead of rounding it', () => {
    using database = databaseWithTable();
    database.exec('INSERT INTO numbers VALUES (9007199254740993)');

    expect(() => database.prepare('SELECT n FROM numbers').all()).toThrow();
  });

  it('says that the disk is full, what to do, and keeps what was committed', () => {
    using database = databaseWithTable();
    database.exec('PRAGMA max_page_count = 20; CREATE TABLE bytes (b BLOB); INSERT INTO numbers VALUES (1)');
    const insert = database.prepare('INSERT INTO bytes VALUES (?)');

    expect(() => database.transaction(() => insert.run(new Uint8Array(1 << 20)))).toThrow(
      expect.objectContaining({
        code: 'FILE_SYSTEM',
        message: expect.stringMatching(/disk is full\. Make room/) as string,
      }) as Error,
    );
    expect(database.prepare('SELECT n FROM numbers').all()).toEqual([{ n: 1 }]);
  });

  it('says that it is damaged, whichever page is, and however it comes upon it', () => {
    const path = join(temporaryDirectory(), 'test.db');
    {
      using database = new Database(path);
      database.exec(
        'CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT, other TEXT); CREATE INDEX i ON texts (text)',
      );
      const insert = database.prepare('INSERT INTO texts (text, other) VALUES (?, ?)');
      for (let index = 0; index < 500; index += 1) insert.run(`${index} ${'x'.repeat(40)}`, 'y'.repeat(40));
    }
    const whole = readFileSync(path);
    const pageBytes = whole.readUInt16BE(16);
    expect(whole.length).toBeGreaterThan(10 * pageBytes);
    const read = (): void => {
      using database = new Database(path);
      database.prepare('SELECT * FROM texts').all();
      database.prepare('SELECT text FROM texts INDEXED BY i ORDER BY text').all();
      database.prepare('SELECT sum(length(other)) FROM texts').get();
    };
    expect(read).not.toThrow();
    for (let start = pageBytes; start < whole.length; start += pageBytes) {
      writeFileSync(path, Buffer.from(whole).fill(0xff, start, start + 600));
      expect(read).toThrow(expect.objectContaining({ code: 'ARCHIVE_DAMAGED' }));
    }
  });

  it('gives its locks back when it is closed, whatever is still open in it', () => {
    const path = join(temporaryDirectory(), 'test.db');
    const first = new Database(path);
    first.exec('CREATE TABLE numbers (n INTEGER); BEGIN IMMEDIATE');
    const statement = first.prepare('INSERT INTO numbers VALUES (1)');
    statement.run();
    first.close();

    using second = new Database(path);
    second.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; ROLLBACK');
    expect(second.prepare('SELECT n FROM numbers').all()).toEqual([]);
    expect(() => statement.run()).toThrow();
  });

  it('names a file that it cannot open', () => {
    const path = join(temporaryDirectory(), 'missing', 'test.db');

    expect(() => new Database(path)).toThrow(
      expect.objectContaining({ code: 'FILE_SYSTEM', message: expect.stringContaining(path) as string }) as Error,
    );
  });

  it('reads a file that can never change, whatever is in its name', () => {
    const path = join(temporaryDirectory(), "odd #1 100% what's.db");
    const writer = new Database(path);
    writer.exec('CREATE TABLE numbers (n INTEGER); INSERT INTO numbers VALUES (5)');
    writer.close();

    using database = new Database(path, { readOnly: true, immutable: true });
    expect(database.prepare('SELECT n FROM numbers').all()).toEqual([{ n: 5 }]);
  });
});

describe('an error of the file system', () => {
  it.each([
    ['ENOSPC', /the disk is full \(ENOSPC\)\. Make room/, false],
    ['EACCES', /permission denied/, false],
    ['EROFS', /read-only/, false],
    ['EIO', /input\/output error/, false],
    ['EMFILE', /too many files are open.*MAX_PARALLEL_MEDIA/, true],
    ['ESTRANGE', /broken/, false],
  ])('%s says what it means and what to do', (code, message, retryable) => {
    const error = fileError(Object.assign(new Error('broken'), { code }), 'write', '/exports/x');

    expect(error).toMatchObject({ code: 'FILE_SYSTEM', retryable });
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^Cannot write \/exports\/x: /);
  });

  it('is not made of what is no such error', () => {
    expect(fileError(new TypeError('defect'), 'write', '/x')).toMatchObject({ code: 'INTERNAL' });
  });
});
