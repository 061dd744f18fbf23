import { copyFileSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { ARCHIVE_VERSION } from '../../src/archive/migrations.js';
import { makeOldArchive, putOldChat, putOldMessage } from './old-archive.js';
import { CHAT, textRecords } from './sample-message.js';
import { temporaryDirectory } from './temporary-directory.js';

const SHA256 = 'ab'.repeat(32);

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

  it.each([1, 2, 3, 4, 5] as const)('brings one of version %i up to date, with all that is in it', async (version) => {
    const directory = temporaryDirectory();
    const path = makeOldArchive(directory, version, (database) => {
      putOldChat(database, { id: 'channel42', folder: 'rust-channel42', kind: 'supergroup', cursor: 3 });
      putOldChat(database, { id: 'user5', folder: 'ann-user5', kind: 'private', cursor: 2 });
      for (const id of [-999_999_990, 1, 2, 3]) putOldMessage(database, { chatId: 'channel42', id, dateMs: id });
      for (const id of [1, 2]) putOldMessage(database, { chatId: 'user5', id, dateMs: id });
      database.exec(`
        INSERT INTO files VALUES ('${SHA256}', 5, 'photo');
        INSERT INTO media (chat_id, message_id, position, state, path, sha256, data)
          VALUES ('user5', 1, 0, 'stored', 'media/a.jpg', '${SHA256}', '{"kind":"photo","role":"main","remoteId":"photo:1"}');
        INSERT INTO runs (started_at_ms, start) VALUES (1, '{"command":"export","chatId":"user5"}');
        INSERT INTO runs (started_at_ms, start) VALUES (2, '{"command":"export","chatId":"channel42"}');
        INSERT INTO runs (started_at_ms, start) VALUES (3, '{"command":"verify"}');
      `);
      if (version >= 4) {
        database.exec(`
          INSERT INTO descriptions (chat_id, sha256, recipe, data) VALUES ('user5', '${SHA256}', 'v1', '{"content":{"kind":"image","mimeType":"image/jpeg"},"facts":{},"problems":[]}');
          INSERT INTO derivatives VALUES ('user5', '${SHA256}', 'thumbnail', 'thumbs/ab.thumb.webp', 7, 'image/webp', 1, 1);
        `);
      }
    });

    {
      using archive = await Archive.open(directory);
      expect(archive.chats().map(({ chat, folder }) => [chat.id, folder])).toEqual([
        ['account?/user5', 'ann-user5'],
        ['channel42', 'rust-channel42'],
      ]);
      expect(archive.chat('channel42')?.migratedAccount).toBe('?');
      expect(archive.chatAccounts.of('channel42')).toEqual([
        { accountId: '?', cursor: 3, firstMessageId: -999_999_990 },
      ]);
      expect(archive.chatAccounts.of('account?/user5')).toEqual([{ accountId: '?', cursor: 2, firstMessageId: 1 }]);
      expect([...archive.messages('account?/user5')].map(({ message, media }) => [message.id, media.length])).toEqual([
        [1, 1],
        [2, 0],
      ]);
      expect(archive.messageCount('channel42')).toBe(4);
      expect(archive.descriptions.one('account?/user5', SHA256)?.derivatives ?? []).toHaveLength(version >= 4 ? 1 : 0);
      expect(archive.runs().map(({ start }) => start.chatId)).toEqual(['account?/user5', 'channel42', undefined]);
    }
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    database.close();
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
    execute(path, `PRAGMA user_version = ${ARCHIVE_VERSION - 1}`);

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
