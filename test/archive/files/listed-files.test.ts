import { describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { listedDerivatives, type ListedFile, listedMedia } from '../../../src/archive/files/listed-files.js';
import type { Media } from '../../../src/chat/media.js';
import { CHAT, chatNamed, PHOTO, recordOf, textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

const OTHER = chatNamed('channel43');

function sha256Of(number: number): string {
  return number.toString(16).padStart(64, '0');
}

/** Stores a photo of each message, in the chat or another. */
function put(archive: Archive, ids: readonly number[], chatId = CHAT.id, media: Media = PHOTO): void {
  const records = ids.map((id) => {
    const file = { path: `media/photos/${id}.jpg`, sizeBytes: 1000 + id, sha256: sha256Of(1000 + id) };
    return recordOf({ ...textMessage(id), chatId }, [{ state: 'stored', media, file }]);
  });
  archive.commit({ chatId, records, senders: [] });
}

async function archiveOf(ids: readonly number[]): Promise<Archive> {
  const archive = await Archive.open(temporaryDirectory());
  archive.placeChat(CHAT);
  archive.placeChat(OTHER);
  put(archive, ids);
  return archive;
}

const pathsOf = (files: Iterable<ListedFile>): readonly string[] => Array.from(files, ({ path }) => path);

describe('the media of a chat', () => {
  it('are listed once each, in the order of the messages, however many there are', async () => {
    const ids = Array.from({ length: 401 }, (_, index) => index - 3);
    using archive = await archiveOf(ids.toReversed());
    put(archive, [5000], OTHER.id);
    expect(pathsOf(listedMedia(archive, CHAT.id))).toEqual(ids.map((id) => `media/photos/${id}.jpg`));
  });

  it('have size, hash, and the type that their sender said, where one was said', async () => {
    using archive = await archiveOf([1]);
    put(archive, [2], CHAT.id, { ...PHOTO, mimeType: 'image/jpeg' });
    expect([...listedMedia(archive, CHAT.id)]).toEqual([
      { path: 'media/photos/1.jpg', sizeBytes: 1001, sha256: sha256Of(1001) },
      { path: 'media/photos/2.jpg', sizeBytes: 1002, sha256: sha256Of(1002), mimeType: 'image/jpeg' },
    ]);
  });

  it('are listed from any place on, and what comes meanwhile is seen when it lies ahead', async () => {
    using archive = await archiveOf([1, 2, 3]);
    const listing = listedMedia(archive, CHAT.id, { messageId: 1, position: 0 });
    expect(listing.next().value).toMatchObject({ path: 'media/photos/2.jpg' });
    put(archive, [4]);
    expect(listing.next().value).toMatchObject({ path: 'media/photos/3.jpg' });
    expect(listing.next().value).toMatchObject({ path: 'media/photos/4.jpg' });
    expect(listing.next()).toEqual({ done: true, value: { messageId: 4, position: 0 } });
  });

  it('of a chat without any end where they begin', async () => {
    using archive = await archiveOf([]);
    const after = { messageId: 7, position: 1 };
    expect(listedMedia(archive, CHAT.id, after).next()).toEqual({ done: true, value: after });
  });
});

describe('what was made from the media of a chat', () => {
  it('is listed once each, however much it is, without a hash', async () => {
    const ids = Array.from({ length: 201 }, (_, index) => index + 1);
    using archive = await archiveOf(ids);
    for (const id of ids) {
      archive.descriptions.put({
        chatId: CHAT.id,
        sha256: sha256Of(1000 + id),
        recipe: 'v1',
        description: { content: { kind: 'image', mimeType: 'image/jpeg' }, facts: {}, problems: [] },
        derivatives: (['thumbnail', 'transcode'] as const).map((kind) => ({
          kind,
          path: `thumbs/${sha256Of(id).slice(-32)}.${kind}.webp`,
          sizeBytes: id,
          mimeType: 'image/webp',
        })),
      });
    }
    const listed = [...listedDerivatives(archive, CHAT.id)];
    expect(listed[0]).toEqual({ path: `thumbs/${sha256Of(1).slice(-32)}.thumbnail.webp`, sizeBytes: 1 });
    expect(new Set(pathsOf(listed)).size).toBe(402);
    expect(listed).toHaveLength(402);
    expect([...listedDerivatives(archive, OTHER.id)]).toEqual([]);
  });
});
