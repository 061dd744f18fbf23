import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { MediaFiles } from '../../../src/archive/files/media-files.js';
import type { MediaRecord } from '../../../src/chat/record.js';
import { SCHEMA_1 } from '../../../src/archive/schema.js';
import type { Media } from '../../../src/chat/media.js';
import type { Message } from '../../../src/chat/message.js';
import { CHAT, PHOTO, textMessage, textRecords } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

const FOLDER = 'chat-channel1';
const FILE = { sizeBytes: 1_500_000, version: '2', partBytes: 524_288 };
/** "cfry" */
const OURS = 0x63667279;
const FIRST = { offset: 0, sizeBytes: 524_288, crc32: 4_294_967_295 };
const SECOND = { offset: 524_288, sizeBytes: 524_288, crc32: 0 };

describe('the part journal', () => {
  it('knows in a later run what was recorded in an earlier one, in the order of the file', async () => {
    const directory = temporaryDirectory();
    {
      using archive = await Archive.open(directory);
      const journal = archive.parts.of(FOLDER, 'document:7');
      expect(journal.completed(FILE)).toEqual([]);
      journal.record(SECOND);
      journal.record(FIRST);
      journal.record(FIRST);
    }
    using archive = await Archive.open(directory);
    expect(archive.parts.remoteIds(FOLDER)).toEqual(['document:7']);
    expect(archive.parts.of(FOLDER, 'document:7').completed(FILE)).toEqual([FIRST, SECOND]);
  });

  it('tells chats and files apart', async () => {
    using archive = await Archive.open(temporaryDirectory());
    for (const [folder, id] of [
      [FOLDER, 'document:7'],
      [FOLDER, 'photo:7'],
      ['other', 'document:7'],
    ] as const) {
      const journal = archive.parts.of(folder, id);
      expect(journal.completed(FILE)).toEqual([]);
      journal.record(FIRST);
    }
    archive.parts.clear(FOLDER, 'document:7');
    expect(archive.parts.of('other', 'document:7').completed(FILE)).toEqual([FIRST]);
    expect(archive.parts.remoteIds(FOLDER)).toEqual(['photo:7']);
  });

  it.each([{ sizeBytes: 1_500_001 }, { version: '4' }, { partBytes: 1_048_576 }])(
    'forgets the parts of a file that is another now: %o',
    async (change) => {
      using archive = await Archive.open(temporaryDirectory());
      const journal = archive.parts.of(FOLDER, 'document:7');
      journal.completed(FILE);
      journal.record(FIRST);
      expect(journal.completed({ ...FILE, ...change })).toEqual([]);
      expect(journal.completed(FILE)).toEqual([]);
    },
  );

  it.each(['2', '02', '2.0', '1e3', '-1', '99999999999999999999', '', 'nightly build, "b"'])(
    'tells the version "%s" of a source apart from all others, in a later run too',
    async (version) => {
      const directory = temporaryDirectory();
      {
        using archive = await Archive.open(directory);
        const journal = archive.parts.of(FOLDER, 'document:7');
        journal.completed({ ...FILE, version });
        journal.record(FIRST);
      }
      using archive = await Archive.open(directory);
      const journal = archive.parts.of(FOLDER, 'document:7');
      expect(journal.completed({ ...FILE, version })).toEqual([FIRST]);
      expect(journal.completed({ ...FILE, version: `${version}0` })).toEqual([]);
    },
  );

  it('goes on with parts that an older program recorded, which wrote the data centre as a number', async () => {
    const directory = temporaryDirectory();
    {
      using archive = await Archive.open(directory);
      archive.parts.of(FOLDER, 'document:7').completed({ ...FILE, version: 'any' });
    }
    const database = new DatabaseSync(join(directory, 'archive.db'));
    database.exec('UPDATE partial_files SET dc_id = 2');
    database.exec(`INSERT INTO parts VALUES ('${FOLDER}', 'document:7', 0, 524288, 4294967295)`);
    database.close();
    using archive = await Archive.open(directory);
    expect(archive.parts.of(FOLDER, 'document:7').completed(FILE)).toEqual([FIRST]);
  });

  it('forgets a file that is complete', async () => {
    using archive = await Archive.open(temporaryDirectory());
    const journal = archive.parts.of(FOLDER, 'document:7');
    journal.completed(FILE);
    journal.record(FIRST);
    journal.clear();
    expect(archive.parts.remoteIds(FOLDER)).toEqual([]);
    expect(journal.completed(FILE)).toEqual([]);
  });

  it('comes to an archive of version 1, which keeps what it has', async () => {
    const directory = temporaryDirectory();
    const old = new DatabaseSync(join(directory, 'archive.db'));
    old.exec(`${SCHEMA_1} PRAGMA application_id = ${OURS}; PRAGMA user_version = 1;`);
    old.exec(`INSERT INTO senders (id, data) VALUES ('user1', '{"id":"user1","kind":"user","name":"Ada"}')`);
    old.close();

    using archive = await Archive.open(directory);
    expect(archive.sender('user1')?.name).toBe('Ada');
    expect(archive.parts.of(FOLDER, 'document:7').completed(FILE)).toEqual([]);
  });

  it('leaves commits as durable as they were', async () => {
    using archive = await Archive.open(temporaryDirectory());
    archive.placeChat(CHAT);
    const journal = archive.parts.of(FOLDER, 'document:7');
    journal.completed(FILE);
    archive.commit({ chatId: CHAT.id, records: textRecords(1, 3), senders: [] });
    journal.record(FIRST);
    expect(archive.messageCount(CHAT.id)).toBe(3);
  });
});

describe('a file that has its name and waits for its row', () => {
  const SHA256 = 'ab'.repeat(32);
  const PATH = 'media/photos/1.jpg';
  const photo: Media = { ...PHOTO, remoteId: 'document:7', sizeBytes: 4 };
  const message: Message = { ...textMessage(1), media: [photo] };
  const stored = { path: PATH, sizeBytes: 4, sha256: SHA256 };

  async function openWithPlacement(directory: string): Promise<Archive> {
    const archive = await Archive.open(directory);
    const { folder } = archive.placeChat(CHAT);
    const journal = archive.parts.of(folder, 'document:7');
    journal.completed(FILE);
    journal.record(FIRST);
    journal.place(stored);
    mkdirSync(join(directory, folder, 'media/photos'), { recursive: true });
    writeFileSync(join(directory, folder, PATH), 'four');
    return archive;
  }

  it('is found by a later run, while it is there with its size', async () => {
    const directory = temporaryDirectory();
    (await openWithPlacement(directory)).close();
    using archive = await Archive.open(directory);
    const absolutePath = join(directory, archive.chats()[0]?.folder ?? '', PATH);
    expect(archive.findFile('document:7')).toEqual({ ...stored, absolutePath });
    writeFileSync(absolutePath, 'fourteen');
    expect(archive.findFile('document:7')).toBeUndefined();
  });

  it('is forgotten with the commit of its row, and its parts with it', async () => {
    using archive = await openWithPlacement(temporaryDirectory());
    const { folder } = archive.placeChat(CHAT);
    archive.commit({
      chatId: CHAT.id,
      records: [{ message, media: [{ state: 'stored', media: photo, file: stored }] }],
      senders: [],
    });
    expect(archive.parts.placements('document:7')).toEqual([]);
    expect(archive.parts.remoteIds(folder)).toEqual([]);
    expect(archive.unclaimedFiles(CHAT.id)).toEqual([]);
    expect(archive.findFile('document:7')?.path).toBe(PATH);
  });

  it('stays known where the commit fails, or is of a medium that could not be had', async () => {
    using archive = await openWithPlacement(temporaryDirectory());
    const failed: MediaRecord = { state: 'failed', media: photo, code: 'REMOTE_ERROR', reason: 'no' };
    archive.commit({ chatId: CHAT.id, records: [{ message, media: [failed] }], senders: [] });
    const wrong = { ...stored, sha256: null as never };
    expect(() => {
      archive.commit({
        chatId: CHAT.id,
        records: [{ message, media: [{ state: 'stored', media: photo, file: wrong }] }],
        senders: [],
      });
    }).toThrow();
    expect(archive.unclaimedFiles(CHAT.id)).toEqual([PATH]);
  });

  it('is nobody’s only when no row names its path', async () => {
    using archive = await openWithPlacement(temporaryDirectory());
    expect(archive.unclaimedFiles(CHAT.id)).toEqual([PATH]);
    const other: Media = { ...photo, remoteId: 'document:8' };
    const records = [
      { message: { ...message, media: [other] }, media: [{ state: 'stored' as const, media: other, file: stored }] },
    ];
    archive.commit({ chatId: CHAT.id, records, senders: [] });
    expect(archive.unclaimedFiles(CHAT.id)).toEqual([]);
    expect(archive.parts.placements('document:7')).toHaveLength(1);
    archive.parts.clearPlacements(archive.placeChat(CHAT).folder);
    expect(archive.parts.placements('document:7')).toEqual([]);
  });
});

describe('partial files', () => {
  const file = (remoteId: string): Media => ({ ...PHOTO, remoteId });
  const carrying = (id: number, remoteId: string): Message => ({ ...textMessage(id), media: [file(remoteId)] });

  it('have the same place in every message and run, and one of their own', () => {
    const files = new MediaFiles({ directory: temporaryDirectory(), folder: FOLDER });
    const ids = ['document:7', 'photo:7', 'document:7:thumb:m', 'document:7:thumb:M', 'document+7', 'x/../y', 'x%2f.y'];
    const paths = ids.map((id) => files.temporaryPath(carrying(1, id), 0));

    expect(new Set(paths).size).toBe(ids.length);
    expect(new Set(paths.map((path) => dirname(path))).size).toBe(1);
    for (const [index, id] of ids.entries()) expect(files.temporaryPath(carrying(2, id), 0)).toBe(paths[index]);
  });

  it('that the journal knows outlive a killed run, others do not', async () => {
    const directory = temporaryDirectory();
    const before = new MediaFiles({ directory, folder: FOLDER });
    await before.prepare();
    const known = before.temporaryPath(carrying(1, 'document:7'), 0);
    const unknown = before.temporaryPath(carrying(2, 'document:8'), 0);
    for (const path of [known, unknown]) writeFileSync(path, 'half');

    const files = new MediaFiles({ directory, folder: FOLDER, resumable: ['document:7', 'document:9'] });
    await files.prepare();
    expect(existsSync(known)).toBe(true);
    expect(existsSync(unknown)).toBe(false);
  });

  it('that no message asked for are gone when the run has seen all', async () => {
    const directory = temporaryDirectory();
    const files = new MediaFiles({ directory, folder: FOLDER, resumable: ['document:7', 'document:8'] });
    await files.prepare();
    const other = new MediaFiles({ directory, folder: FOLDER });
    for (const id of ['document:7', 'document:8']) writeFileSync(other.temporaryPath(carrying(1, id), 0), 'half');
    files.temporaryPath(carrying(1, 'document:7'), 0);

    expect(await files.finish()).toEqual(['document:8']);
    expect(readdirSync(join(directory, FOLDER, '.partial'))).toHaveLength(1);
  });
});
