import { copyFileSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { ARCHIVE_VERSION } from '../../src/archive/migrations.js';
import { CHAT, textRecords } from './sample-message.js';
import { temporaryDirectory } from './temporary-directory.js';

async function archiveWithMessages(directory: string): Promise<string> {
  using archive = await Archive.open(directory);
  archive.placeChat(CHAT);
  archive.commit({ chatId: CHAT.id, records: textRecords(1, 500), senders: [] });
  return join(directory, 'archive.db');
}

function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

describe('opening a database', () => {
  it('keeps what is in one of this version', async () => {
    const directory = temporaryDirectory();
    await archiveWithMessages(directory);

    using archive = await Archive.open(directory);
    expect(archive.messageCount(CHAT.id)).toBe(500);
  });

  it('brings one of before descriptions up to date, with all that is in it', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithMessages(directory);
    execute(path, 'DROP INDEX media_by_original; DROP INDEX media_by_original_path');
    for (const column of ['sha256', 'size_bytes', 'path']) {
      execute(path, `ALTER TABLE media DROP COLUMN original_${column}`);
    }
    execute(path, 'DROP TABLE derivatives; DROP TABLE descriptions; DROP INDEX files_by_size; PRAGMA user_version = 3');

    using archive = await Archive.open(directory);
    expect(archive.messageCount(CHAT.id)).toBe(500);
    expect(archive.descriptions.problems(CHAT.id)).toEqual([]);
  });

  it('refuses one of a newer version, to read and to write', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithMessages(directory);
    execute(path, `PRAGMA user_version = ${ARCHIVE_VERSION + 1}`);
    const newer = { code: 'ARCHIVE_DAMAGED', message: expect.stringMatching(/newer chatferry.*Update/) as string };

    await expect(Archive.open(directory)).rejects.toMatchObject(newer);
    await expect(Archive.open(directory, { readOnly: true })).rejects.toMatchObject(newer);
  });

  it('tells a reader to bring one of an older version up to date', async () => {
    const directory = temporaryDirectory();
    const path = await archiveWithMessages(directory);
    execute(path, 'PRAGMA user_version = 0');

    await expect(Archive.open(directory, { readOnly: true })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it("refuses another program's, and leaves it as it was", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'archive.db');
    execute(path, 'CREATE TABLE theirs (x); PRAGMA user_version = 77');
    const before = readFileSync(path);

    await expect(Archive.open(directory)).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      message: expect.stringContaining('another program') as string,
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('refuses a file that is no database', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'archive.db'), 'This is a shopping list. '.repeat(100));

    await expect(Archive.open(directory)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
    await expect(Archive.open(directory, { readOnly: true })).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  });

  it('says that a truncated or overwritten one is damaged, never that it is empty', async () => {
    const directory = temporaryDirectory();
    const whole = await archiveWithMessages(directory);
    const sizeBytes = readFileSync(whole).byteLength;
    const readAll = async (damage: (path: string) => void): Promise<number> => {
      const other = temporaryDirectory();
      const path = join(other, 'archive.db');
      copyFileSync(whole, path);
      damage(path);
      using archive = await Archive.open(other);
      return [...archive.messages(CHAT.id)].length;
    };
    const overwrite = (path: string): void => {
      const file = openSync(path, 'r+');
      writeSync(file, Buffer.alloc(sizeBytes - 8192, 0xa5), 0, sizeBytes - 8192, 8192);
      closeSync(file);
    };

    const damaged = { code: 'ARCHIVE_DAMAGED' };
    await expect(readAll(overwrite)).rejects.toMatchObject(damaged);
    await expect(
      readAll((path) => {
        truncateSync(path, Math.floor(sizeBytes / 2));
      }),
    ).rejects.toMatchObject(damaged);
  });
});
