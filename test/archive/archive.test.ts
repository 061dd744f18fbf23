import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';

import { describe, expect, it } from 'vitest';

import { Archive } from '../../src/archive/archive.js';
import { Database } from '../../src/disk/sqlite/database.js';
import type { MediaRecord } from '../../src/chat/record.js';
import type { RunEnd, RunStart } from '../../src/archive/run-record.js';
import { ACCOUNT, CHAT, HELLO_FILE, PHOTO, recordOf, textMessage, textRecords } from './sample-message.js';
import { temporaryDirectory } from './temporary-directory.js';

const stored: MediaRecord = { state: 'stored', media: PHOTO, file: HELLO_FILE };
const failed: MediaRecord = { state: 'failed', media: PHOTO, code: 'MEDIA_UNAVAILABLE', reason: 'It was deleted.' };

async function openWithChat(directory = temporaryDirectory()): Promise<Archive> {
  const archive = await Archive.open(directory);
  archive.placeChat(CHAT);
  return archive;
}

const REACHED = { account: ACCOUNT, firstMessageId: 1, cursor: 2 };

describe('Archive', () => {
  it('makes the folders above it, and knows itself by its absolute path', async () => {
    const directory = join(temporaryDirectory(), 'a', 'b');
    using archive = await Archive.open(relative(process.cwd(), directory));

    expect(isAbsolute(archive.directory)).toBe(true);
    expect(archive.directory).toBe(directory);
  });

  it('reads a chat from its very first id, however low', async () => {
    using archive = await openWithChat();
    const lowest = recordOf({ ...textMessage(1), id: -(2 ** 31) });
    archive.commit({ chatId: CHAT.id, records: [lowest], senders: [] });

    expect([...archive.messages(CHAT.id)]).toEqual([lowest]);
  });

  it('is one database file and an idle lock when it is closed', async () => {
    const directory = temporaryDirectory();
    const archive = await openWithChat(directory);
    archive.commit({ chatId: CHAT.id, records: textRecords(1, 10), senders: [] });
    archive.close();
    archive.close();

    expect(readdirSync(directory).sort()).toEqual(['archive.db', 'archive.lock']);
  });

  it('keeps the folder of a chat that was renamed, and what is newly known of it', async () => {
    using archive = await openWithChat();
    const renamed = { ...CHAT, title: 'Something else', memberCount: 7 };

    expect(archive.placeChat(renamed)).toEqual({ chat: renamed, folder: 'rust-gophers-channel42' });
    expect(archive.chats()).toEqual([{ chat: renamed, folder: 'rust-gophers-channel42' }]);
    expect(archive.chat('channel43')).toBeUndefined();
  });

  it('moves the cursor with a commit, and leaves it alone without one', async () => {
    using archive = await openWithChat();
    archive.commit({ chatId: CHAT.id, records: textRecords(1, 2), senders: [], reached: REACHED });
    archive.commit({ chatId: CHAT.id, records: textRecords(1, 1), senders: [] });

    expect(archive.chatAccounts.of(CHAT.id)).toEqual([{ accountId: ACCOUNT, cursor: 2, firstMessageId: 1 }]);
  });

  it('gives the messages of one chat in ascending order, page after page', async () => {
    using archive = await openWithChat();
    archive.placeChat({ ...CHAT, id: 'channel7' });
    archive.commit({ chatId: CHAT.id, records: textRecords(300, 1000), senders: [] });
    archive.commit({ chatId: CHAT.id, records: textRecords(-20, 250), senders: [] });
    archive.commit({
      chatId: 'channel7',
      records: [recordOf({ ...textMessage(5), chatId: 'channel7' })],
      senders: [],
    });

    const ids = Array.from(archive.messages(CHAT.id), ({ message }) => message.id);
    const expected = [...textRecords(-20, 250), ...textRecords(300, 1000)].map(({ message }) => message.id);
    expect(ids).toEqual(expected);
    expect(archive.messageCount(CHAT.id)).toBe(expected.length);
  });

  it('starts after a cursor and stops at a limit', async () => {
    using archive = await openWithChat();
    archive.commit({ chatId: CHAT.id, records: textRecords(1, 500), senders: [] });
    const ids = (options: { after?: number; limit?: number }): readonly number[] =>
      Array.from(archive.messages(CHAT.id, options), ({ message }) => message.id);

    expect(ids({ after: 490 })).toEqual([491, 492, 493, 494, 495, 496, 497, 498, 499, 500]);
    expect(ids({ after: 100, limit: 2 })).toEqual([101, 102]);
    expect(ids({ limit: 0 })).toEqual([]);
    expect(ids({ limit: 450 })).toHaveLength(450);
    expect(() => archive.messages(CHAT.id, { limit: -1 })).toThrow(/limit must be an integer of 0 or more, got -1/);
  });

  it('can be written to while it is being read', async () => {
    using archive = await openWithChat();
    archive.commit({ chatId: CHAT.id, records: textRecords(1, 250), senders: [] });
    const messages = archive.messages(CHAT.id);
    messages.next();
    archive.commit({ chatId: CHAT.id, records: textRecords(251, 300), senders: [] });

    expect([...messages]).toHaveLength(299);
  });

  it('replaces a message that comes again, with its media', async () => {
    using archive = await openWithChat();
    const before = recordOf(textMessage(1, 'before'), [failed, failed]);
    const after = recordOf(textMessage(1, 'after'), [stored]);
    archive.commit({ chatId: CHAT.id, records: [before, ...textRecords(2, 3)], senders: [] });
    archive.commit({ chatId: CHAT.id, records: [after], senders: [] });

    expect([...archive.messages(CHAT.id)]).toEqual([after, ...textRecords(2, 3)]);
    expect(archive.search('before')).toEqual([]);
    expect(archive.search('after').map(({ id }) => id)).toEqual([1]);
  });

  it('forgets the content of a file that no medium has any more', async () => {
    const directory = temporaryDirectory();
    const archive = await openWithChat(directory);
    const twice = [1, 2].map((id) => recordOf(textMessage(id), [stored]));
    archive.commit({ chatId: CHAT.id, records: twice, senders: [] });
    archive.commit({ chatId: CHAT.id, records: [recordOf(textMessage(1), [failed])], senders: [] });
    const hashes = (): readonly unknown[] => {
      using database = new Database(join(directory, 'archive.db'), { readOnly: true });
      return database.prepare<{ sha256: string }>('SELECT sha256 FROM files').all();
    };

    expect(hashes()).toEqual([{ sha256: HELLO_FILE.sha256 }]);
    archive.commit({ chatId: CHAT.id, records: [recordOf(textMessage(2))], senders: [] });
    expect(hashes()).toEqual([]);
    archive.close();
  });

  it('writes all of a commit or nothing', async () => {
    using archive = await openWithChat();
    const impossible = { ...textMessage(2), dateMs: undefined as unknown as number };

    expect(() => {
      archive.commit({
        chatId: CHAT.id,
        records: [...textRecords(1, 1), recordOf(impossible)],
        senders: [],
        reached: REACHED,
      });
    }).toThrow(/refused a statement/);
    expect(archive.messageCount(CHAT.id)).toBe(0);
    expect(archive.chatAccounts.of(CHAT.id)).toEqual([]);
    archive.commit({ chatId: CHAT.id, records: textRecords(1, 1), senders: [] });
    expect(archive.messageCount(CHAT.id)).toBe(1);
  });

  it.each([
    ['a chat without a place', 'channel9', [recordOf({ ...textMessage(1), chatId: 'channel9' })], /has no place/],
    ['messages of another chat', 'channel9', textRecords(1, 1), /was given to channel9/],
    ['messages out of order', CHAT.id, [...textRecords(2, 2), ...textRecords(1, 1)], /not ascending/],
    ['a medium without a record', CHAT.id, [{ message: textMessage(1), media: [stored] }], /0 media and 1 records/],
  ] as const)('refuses %s', async (_what, chatId, records, message) => {
    using archive = await openWithChat();

    expect(() => {
      archive.commit({ chatId, records, senders: [], reached: REACHED });
    }).toThrow(message);
  });

  it('remembers senders as they were known last', async () => {
    using archive = await openWithChat();
    const sender = { id: 'user5', name: 'Ada', isBot: false } as const;
    archive.commit({ chatId: CHAT.id, records: [], senders: [{ ...sender, lastName: 'L.' }] });
    archive.commit({ chatId: CHAT.id, records: [], senders: [sender] });

    expect(archive.sender('user5')).toEqual(sender);
    expect(archive.sender('user6')).toBeUndefined();
  });

  it('lists what is missing until it is there', async () => {
    using archive = await openWithChat();
    const records = [recordOf(textMessage(1), [stored]), recordOf(textMessage(2), [failed, failed])];
    archive.commit({ chatId: CHAT.id, records, senders: [] });
    const missing = { messageId: 2, position: 0, media: PHOTO, code: 'MEDIA_UNAVAILABLE', reason: 'It was deleted.' };

    expect(archive.messagesWithFailedMedia(CHAT.id)).toEqual([2]);
    expect(archive.missingMedia(CHAT.id)).toEqual([missing, { ...missing, position: 1 }]);

    archive.commit({ chatId: CHAT.id, records: [recordOf(textMessage(2), [stored, stored])], senders: [] });
    expect(archive.messagesWithFailedMedia(CHAT.id)).toEqual([]);
    expect(archive.missingMedia(CHAT.id)).toEqual([]);
  });

  it('lists what was left out by choice, however much it is, in the order of messages', async () => {
    using archive = await openWithChat();
    const skipped = { state: 'skipped', media: { kind: 'video', role: 'main' }, reason: 'too-large' } as const;
    const sized = { ...skipped, media: PHOTO };
    const records = Array.from({ length: 1200 }, (_, index) => recordOf(textMessage(index - 600), [skipped, sized]));
    archive.commit({ chatId: CHAT.id, records: [...records, recordOf(textMessage(700), [stored])], senders: [] });

    const listed = [...archive.skippedMedia(CHAT.id)];
    expect(listed).toEqual(
      records.flatMap(({ message }) => [
        { messageId: message.id, kind: 'video' },
        { messageId: message.id, kind: 'photo', sizeBytes: 5 },
      ]),
    );
  });

  it('gives one message by its id, and nothing where there is none', async () => {
    using archive = await openWithChat();
    const record = recordOf(textMessage(-5), [stored]);
    archive.commit({ chatId: CHAT.id, records: [record, recordOf(textMessage(7))], senders: [] });
    expect(archive.message(CHAT.id, -5)).toEqual(record);
    expect(archive.message(CHAT.id, 6)).toBeUndefined();
    expect(archive.message('channel43', 7)).toBeUndefined();
  });

  it('names the messages that could not be read whole', async () => {
    using archive = await openWithChat();
    const kinds = ['undecoded', 'message', 'service', 'unsupported'] as const;
    const records = kinds.map((kind, index) => recordOf({ ...textMessage(index + 1), kind }));
    archive.commit({ chatId: CHAT.id, records, senders: [] });
    expect(archive.unreadableMessages(CHAT.id)).toEqual([
      { id: 1, kind: 'undecoded' },
      { id: 4, kind: 'unsupported' },
    ]);
  });

  it('finds bytes that are stored already, as long as the file is there and whole', async () => {
    using archive = await openWithChat();
    const absolutePath = join(archive.directory, 'rust-gophers-channel42', HELLO_FILE.path);
    archive.commit({ chatId: CHAT.id, records: [recordOf(textMessage(1), [stored])], senders: [] });

    expect(archive.findFile('photo:7')).toBeUndefined();
    mkdirSync(dirname(absolutePath), { recursive: true });
    writeFileSync(absolutePath, 'hello');
    expect(archive.findFile('photo:7')).toEqual({ ...HELLO_FILE, announcedBytes: 5, absolutePath });
    expect(archive.findFileByHash(HELLO_FILE.sha256, 5)).toEqual({ ...HELLO_FILE, absolutePath });
    expect(archive.findFileByHash(HELLO_FILE.sha256, 6)).toBeUndefined();
    expect(archive.findFile('photo:8')).toBeUndefined();
    writeFileSync(absolutePath, 'hell');
    expect(archive.findFile('photo:7')).toBeUndefined();
  });

  it('remembers its runs, also one that was killed', async () => {
    using archive = await openWithChat();
    const start: RunStart = { command: 'export', chatId: CHAT.id, startedAtMs: 1000, mode: 'window' };
    const end: RunEnd = {
      endedAtMs: 2000,
      outcome: 'complete',
      messageCount: 5,
      mediaCount: 2,
      failedMediaCount: 0,
      report: { peak: 8 },
    };
    const killed = archive.beginRun(start);
    const complete = archive.beginRun(start);
    archive.endRun(complete, end);

    expect(archive.runs()).toEqual([
      { id: killed, start },
      { id: complete, start, end },
    ]);
    expect(() => {
      archive.endRun(complete, end);
    }).toThrow(/has ended already/);
  });

  it('can be read beside its writer, and not be written to by a reader', async () => {
    const directory = temporaryDirectory();
    using writer = await openWithChat(directory);
    using reader = await Archive.open(directory, { readOnly: true });
    writer.commit({ chatId: CHAT.id, records: textRecords(1, 3), senders: [] });

    expect(reader.messageCount(CHAT.id)).toBe(3);
    expect(() => reader.placeChat(CHAT)).toThrow(/read-only/);
  });

  it('loses nothing when it is closed while others read', async () => {
    const directory = temporaryDirectory();
    const writer = await openWithChat(directory);
    writer.commit({ chatId: CHAT.id, records: textRecords(1, 300), senders: [] });
    using reader = await Archive.open(directory, { readOnly: true });
    const messages = reader.messages(CHAT.id);
    messages.next();
    writer.close();

    expect([...messages]).toHaveLength(299);
    using next = await Archive.open(directory);
    expect(next.messageCount(CHAT.id)).toBe(300);
  });

  it('says so when there is nothing to read', async () => {
    const directory = temporaryDirectory();

    await expect(Archive.open(directory, { readOnly: true })).rejects.toMatchObject({ code: 'USAGE' });
    expect(readdirSync(directory)).toEqual([]);
  });
});
