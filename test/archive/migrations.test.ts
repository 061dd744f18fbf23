import { copyFileSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { ARCHIVE_VERSION } from '../../src/archive/migrations.js';
import { makeOldArchive, putOldChat, putOldMessage } from './old-archive.js';
import { startProgram } from './child-program.js';
import { CHAT, recordOf, textMessage, textRecords } from './sample-message.js';
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

  /** Version 6 with a channel that two accounts see, one of them up to message 3, and a private chat. */
  function makeVersion6(directory: string): string {
    return makeOldArchive(directory, 6, (database) => {
      database.exec(`
        INSERT INTO chats (id, folder, data) VALUES
          ('channel42', 'rust-channel42', '{"kind":"supergroup","title":"Rust","isPublic":true}'),
          ('account?/user5', 'ann-user5', '{"kind":"private","title":"Ann","isPublic":false}');
        INSERT INTO runs (started_at_ms, start) VALUES (1, '{"command":"export","chatId":"channel42","account":"7001"}');
        INSERT INTO chat_accounts VALUES
          ('channel42', '7001', 3, 1, 10, 20, 1, 30, 3, 40), ('channel42', '7002', NULL, NULL, 11, 11, NULL, NULL, NULL, NULL),
          ('account?/user5', '?', 1, 1, NULL, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO files VALUES ('${SHA256}', 5, 'photo');
      `);
      for (const id of [1, 2, 3]) putOldMessage(database, { chatId: 'channel42', id, dateMs: id });
      putOldMessage(database, { chatId: 'account?/user5', id: 1, dateMs: 1 });
      database.exec(`INSERT INTO media (chat_id, message_id, position, state, path, sha256, data)
        VALUES ('channel42', 2, 0, 'stored', 'media/a.jpg', '${SHA256}', '{"kind":"photo","role":"main"}')`);
    });
  }

  it('says of all that is in one of version 6 that it comes from Telegram', async () => {
    const directory = temporaryDirectory();
    const path = makeVersion6(directory);
    const ofTelegram = {
      accountId: '7001',
      ...{ cursor: 3, firstMessageId: 1, firstSeenMs: 10, lastSeenMs: 20, lastRunId: 1 },
      counts: { serverCount: 30, archiveCount: 3, checkedAtMs: 40 },
    };
    {
      using archive = await Archive.open(directory);
      expect(archive.chatAccounts.all('channel42')).toEqual([
        ofTelegram,
        { accountId: '7002', firstSeenMs: 11, lastSeenMs: 11 },
      ]);
      expect([...archive.messages('channel42')].map(({ message, media }) => [message.id, media.length])).toEqual([
        [1, 0],
        [2, 1],
        [3, 0],
      ]);
      expect(archive.messageVersions('channel42', 2)).toEqual([]);
      archive.placeChat({ id: 'channel42', peerId: 'channel42', kind: 'supergroup', title: 'Rust', isPublic: true });
      const edited = recordOf({ ...textMessage(3, 'edited'), editDateMs: 99_000 });
      archive.commit({ chatId: 'channel42', records: [edited], senders: [] });
      expect(archive.messageVersions('channel42', 3)).toMatchObject([
        { role: 'superseded', record: { message: { id: 3 } } },
      ]);
      archive.unclaimed.claim('7001');
      expect(archive.chatAccounts.one('account7001/user5', '7001')?.cursor).toBe(1);
    }
    const database = new DatabaseSync(path);
    expect(database.prepare('SELECT DISTINCT source FROM messages').all()).toEqual([{ source: 'telegram' }]);
    expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    database.close();
  });

  it('brings one of version 6 up to date wherever it was killed, and no reader sees half of it', async () => {
    const killedAt = new Set<string>();
    for (const last of ['message_versions', 'tombstones', 'chat_accounts_7', 'RENAME'] as const) {
      const directory = temporaryDirectory();
      const path = makeVersion6(directory);
      const migrator = startProgram('killed-migration', directory, last);
      killedAt.add(await migrator.nextLine());
      await migrator.kill();

      const database = new DatabaseSync(path, { readOnly: true });
      expect(database.prepare('PRAGMA user_version').all()).toEqual([{ user_version: 6 }]);
      expect(database.prepare('SELECT count(*) AS n FROM chat_accounts').all()).toEqual([{ n: 3 }]);
      database.close();
      using archive = await Archive.open(directory);
      expect(archive.chatAccounts.one('channel42', '7001')?.cursor).toBe(3);
      expect(archive.messageCount('channel42')).toBe(3);
    }
    expect(killedAt.size).toBe(4);
  });

  it('leaves one of version 6 as it is for readers, and tells them what to do', async () => {
    const directory = temporaryDirectory();
    const path = makeVersion6(directory);

    await expect(Archive.open(directory, { readOnly: true })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(
        /has version 6 of the archive, this program reads version 7. Run an export/,
      ) as string,
    });
    const database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare('PRAGMA user_version').all()).toEqual([{ user_version: 6 }]);
    expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'message_versions'").all()).toEqual([]);
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
