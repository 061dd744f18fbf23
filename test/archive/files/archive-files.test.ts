import { describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import type { ArchiveFile } from '../../../src/archive/files/archive-file.js';
import type { MediaRecord, MessageRecord } from '../../../src/chat/record.js';
import { CHAT, chatNamed, HELLO_FILE, PHOTO, recordOf, textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

const FOLDER = 'rust-gophers-channel42';
/** Hex of 64 digits. */
const sha = (value: number): string => value.toString(16).padStart(64, '0');

async function openWithChat(): Promise<Archive> {
  const archive = await Archive.open(temporaryDirectory());
  archive.placeChat(CHAT);
  return archive;
}

function photo(id: number, name = `${id}.jpg`): MediaRecord {
  const file = { path: `media/photos/${name}`, sizeBytes: id, sha256: sha(id) };
  return { state: 'stored', media: { ...PHOTO, remoteId: `photo:${id}`, mimeType: 'image/jpeg' }, file };
}

function commit(archive: Archive, ...records: readonly MessageRecord[]): void {
  for (const record of records) archive.commit({ chatId: record.message.chatId, records: [record], senders: [] });
}

/** A thumbnail of a photo of {@link CHAT}. */
function describe320(archive: Archive, id: number): void {
  archive.descriptions.put({
    chatId: CHAT.id,
    sha256: sha(id),
    recipe: 'v1',
    description: { content: { kind: 'image', mimeType: 'image/jpeg' }, facts: {}, problems: [] },
    derivatives: [{ kind: 'thumbnail', path: `thumbs/${id}.thumb.webp`, sizeBytes: 3, mimeType: 'image/webp' }],
  });
}

describe('the files of an archive', () => {
  it('are those of media, of versions alone and of derivatives, each with what refers to it', async () => {
    using archive = await openWithChat();
    commit(
      archive,
      recordOf(textMessage(1), [photo(1), { state: 'skipped', media: PHOTO, reason: 'too-large' }]),
      recordOf(textMessage(2, 'sent'), [photo(2, '2_before.jpg')]),
      recordOf(textMessage(2, 'edited', { editDateMs: 5000 }), [photo(3, '2_after.jpg')]),
      { ...recordOf(textMessage(2, 'imported'), [photo(3, '2_after.jpg')]), source: 'desktop-export' },
    );
    describe320(archive, 1);

    const media = { chatId: CHAT.id, kind: 'photo', mimeType: 'image/jpeg', isMissing: false } as const;
    const place = (path: string) => ({ path: `${FOLDER}/${path}`, pathInChat: path });
    expect([...archive.files()]).toEqual([
      {
        ...{ ...media, ...place('media/photos/1.jpg'), sizeBytes: 1, sha256: sha(1) },
        ...{ referrers: ['media'], messageId: 1, position: 0 },
      },
      {
        ...{ ...media, ...place('media/photos/2_after.jpg'), sizeBytes: 3, sha256: sha(3) },
        ...{ referrers: ['media', 'version'], messageId: 2, position: 0 },
      },
      {
        ...{ ...media, ...place('media/photos/2_before.jpg'), sizeBytes: 2, sha256: sha(2) },
        ...{ referrers: ['version'], messageId: 2 },
      },
      {
        ...{ ...media, ...place('thumbs/1.thumb.webp'), sizeBytes: 3, mimeType: 'image/webp', kind: 'thumbnail' },
        ...{ referrers: ['derivative'], madeFrom: sha(1) },
      },
    ]);
    const chosen = (...referrers: ArchiveFile['referrers']) =>
      Array.from(archive.files({ referrers }), ({ pathInChat }) => pathInChat);
    expect(chosen('version')).toEqual(['media/photos/2_after.jpg', 'media/photos/2_before.jpg']);
    expect(chosen('media', 'derivative')).toEqual([
      ...['media/photos/1.jpg', 'media/photos/2_after.jpg', 'thumbs/1.thumb.webp'],
    ]);
    expect(archive.storedFiles.count(CHAT.id)).toBe(4);
  });

  it('are of all chats, in the order of their folders, or of one', async () => {
    using archive = await openWithChat();
    const other = chatNamed('channel7');
    archive.placeChat(other);
    commit(archive, recordOf(textMessage(1), [photo(1)]));
    commit(archive, recordOf({ ...textMessage(5), chatId: other.id }, [photo(5)]));

    const ids = (options?: Parameters<Archive['files']>[0]) =>
      Array.from(archive.files(options), ({ chatId, messageId }) => `${chatId} ${messageId}`);
    expect(ids()).toEqual(['channel42 1', 'channel7 5']);
    expect(ids({ chatId: other.id })).toEqual(['channel7 5']);
    expect(ids({ chatId: 'channel99' })).toEqual([]);
  });

  it('are read a page at a time: what is committed meanwhile is seen where it lies ahead', async () => {
    using archive = await openWithChat();
    const ids = Array.from({ length: 1203 }, (_, index) => index + 1);
    const records = ids.map((id) => recordOf(textMessage(id), [photo(id)]));
    archive.commit({ chatId: CHAT.id, records, senders: [] });
    for (const id of ids) describe320(archive, id);

    const seen: ArchiveFile[] = [];
    for (const file of archive.files()) {
      if (seen.push(file) === 1) commit(archive, recordOf(textMessage(1204), [photo(1204)]));
    }
    const made = seen.filter(({ madeFrom }) => madeFrom !== undefined);
    expect(seen.flatMap(({ messageId }) => messageId ?? [])).toEqual([...ids, 1204]);
    expect(made.map(({ madeFrom }) => madeFrom)).toEqual(ids.map(sha).sort());
  });
});

describe('files that a check has found gone or damaged', () => {
  it('are owed: the next export asks for their media again, and until then they are listed', async () => {
    using archive = await openWithChat();
    const whole = recordOf(textMessage(1), [photo(1), photo(2)]);
    commit(archive, whole, recordOf(textMessage(3), [photo(3)]));
    const [, second, third] = [...archive.files()];
    if (second === undefined || third === undefined) throw new Error('The archive has three files.');
    const lost = [second, third].map((file) => ({ file, reason: `${file.path} is gone.` }));

    expect(archive.markMissing(lost)).toEqual(lost);
    expect(archive.messagesWithFailedMedia(CHAT.id)).toEqual([1, 3]);
    expect(archive.missingMedia(CHAT.id)).toMatchObject([
      { messageId: 1, position: 1, code: 'FILE_LOST', reason: `${second.path} is gone.` },
      { messageId: 3, position: 0, code: 'FILE_LOST' },
    ]);
    expect(archive.findFileByHash(sha(3), 3)).toBeUndefined();
    const { mimeType, ...missing } = second;
    expect(mimeType).toBe('image/jpeg');
    expect(Array.from(archive.files())[1]).toEqual({ ...missing, isMissing: true });
    expect(archive.storedFiles.count(CHAT.id)).toBe(1);

    expect(archive.markMissing(lost)).toEqual([]);
    for (const file of archive.storedFiles.missing({ chat: CHAT, folder: FOLDER })) archive.missingFiles.takeBack(file);
    expect(archive.message(CHAT.id, 1)).toEqual(whole);
    expect(archive.missingMedia(CHAT.id)).toEqual([]);
    expect(Array.from(archive.files())[1]).toEqual(second);
  });

  it('are left alone where their row says something else by now', async () => {
    using archive = await openWithChat();
    commit(archive, recordOf(textMessage(1), [photo(1)]));
    const [file] = [...archive.files()];
    if (file === undefined) throw new Error('The archive has a file.');
    const fetchedAgain = recordOf(textMessage(1), [{ ...photo(1), file: HELLO_FILE } as MediaRecord]);
    commit(archive, fetchedAgain);

    expect(archive.markMissing([{ file, reason: 'Gone.' }])).toEqual([]);
    expect(archive.message(CHAT.id, 1)).toEqual(fetchedAgain);
  });

  it('are missing in every version that refers to them; where only a version does, no export owes them', async () => {
    using archive = await openWithChat();
    commit(
      archive,
      recordOf(textMessage(1, 'sent'), [photo(1, 'before.jpg')]),
      recordOf(textMessage(1, 'edited', { editDateMs: 5000 }), [photo(2, 'after.jpg')]),
      { ...recordOf(textMessage(1, 'imported'), [photo(2, 'after.jpg')]), source: 'desktop-export' },
    );
    const [after, before] = [...archive.files()];
    if (after === undefined || before === undefined) throw new Error('The archive has two files.');
    const versions = archive.messageVersions(CHAT.id, 1);

    expect(archive.markMissing([{ file: before, reason: 'Gone.' }])).toHaveLength(1);
    expect(archive.missingMedia(CHAT.id)).toEqual([]);
    archive.markMissing([{ file: after, reason: 'Gone, too.' }]);
    expect(archive.messagesWithFailedMedia(CHAT.id)).toEqual([1]);
    expect(archive.messageVersions(CHAT.id, 1).flatMap(({ record }) => record.media)).toMatchObject([
      { state: 'failed', code: 'FILE_LOST' },
      { state: 'failed', code: 'FILE_LOST' },
    ]);
    expect(Array.from(archive.files(), ({ isMissing }) => isMissing)).toEqual([true, true]);

    for (const file of archive.storedFiles.missing({ chat: CHAT, folder: FOLDER })) archive.missingFiles.takeBack(file);
    expect(archive.messageVersions(CHAT.id, 1)).toEqual(versions);
    expect([...archive.files()]).toEqual([after, before]);
  });

  it('are made again where they were made from media', async () => {
    using archive = await openWithChat();
    commit(archive, recordOf(textMessage(1), [photo(1)]));
    describe320(archive, 1);
    const pending = () =>
      archive.descriptions.pending(CHAT.id, { messageId: 0, position: 0 }, { recipes: ['v1'], limit: 9 }).length;
    const [, thumbnail] = [...archive.files()];
    if (thumbnail === undefined) throw new Error('The archive has a thumbnail.');
    expect(pending()).toBe(0);

    expect(archive.markMissing([{ file: thumbnail, reason: 'Gone.' }])).toHaveLength(1);
    expect(pending()).toBe(1);
    expect(archive.descriptions.one(CHAT.id, sha(1))?.derivatives).toEqual([]);
    expect(archive.missingMedia(CHAT.id)).toEqual([]);
    expect(archive.markMissing([{ file: thumbnail, reason: 'Gone.' }])).toEqual([]);
  });

  it('cannot be noted by a reader', async () => {
    const directory = temporaryDirectory();
    {
      using archive = await Archive.open(directory);
      archive.placeChat(CHAT);
      commit(archive, recordOf(textMessage(1), [photo(1)]));
    }
    using archive = await Archive.open(directory, { readOnly: true });
    const lost = Array.from(archive.files(), (file) => ({ file, reason: 'Gone.' }));
    expect(() => archive.markMissing(lost)).toThrow(expect.objectContaining({ code: 'FILE_SYSTEM' }) as Error);
  });
});
