import { join } from 'node:path';

import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import type { Derivative } from '../../../src/chat/description/derivative.js';
import type { Description, MediaProblem } from '../../../src/chat/description/description.js';
import type { Chat } from '../../../src/chat/chat.js';
import { Database } from '../../../src/disk/sqlite/database.js';
import { CHAT, HELLO_FILE, PHOTO, recordOf, textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

const OTHER: Chat = { ...CHAT, id: 'channel43', title: 'Elsewhere' };
const START = { messageId: Number.MIN_SAFE_INTEGER, position: 0 };
const DESCRIPTION: Description = {
  content: { kind: 'image', mimeType: 'image/jpeg', extension: 'jpg' },
  facts: { width: 640, height: 480, takenAt: '2026-05-01T10:00:00' },
  placeholder: 'AAAA',
  problems: [],
};
const THUMBNAIL: Derivative = {
  kind: 'thumbnail',
  path: 'thumbs/2cf24dba5fb0a30e26e83b2ac5b9e29e.thumb.webp',
  sizeBytes: 900,
  mimeType: 'image/webp',
  width: 320,
  height: 240,
};

/** Photos with the same content in messages 1, 2 and 4 of a chat; other contents in 3 and 5. */
async function archiveWithPhotos(chat: Chat = CHAT, directory = temporaryDirectory()): Promise<Archive> {
  const archive = await Archive.open(directory);
  archive.placeChat(chat);
  const records = [1, 2, 3, 4, 5].map((id) => {
    const sha256 = [3, 5].includes(id) ? String(id).repeat(64) : HELLO_FILE.sha256;
    const file = { ...HELLO_FILE, sha256, path: `media/photos/${id}.jpg` };
    const message = { ...textMessage(id), chatId: chat.id };
    return recordOf(message, [{ state: 'stored', media: { ...PHOTO, remoteId: `photo:${id}` }, file }]);
  });
  const card = { kind: 'contact-card', role: 'main', inlineContent: 'x' } as const;
  const cardFile = { path: 'media/contacts/6.vcf', sizeBytes: 1, sha256: 'c'.repeat(64) };
  const cardMessage = { ...textMessage(6), chatId: chat.id };
  records.push(recordOf(cardMessage, [{ state: 'stored', media: card, file: cardFile }]));
  archive.commit({ chatId: chat.id, records, senders: [] });
  return archive;
}

function describeHello(archive: Archive, chatId = CHAT.id, recipe = 'v1', more: Partial<Description> = {}): void {
  archive.descriptions.put({
    chatId,
    sha256: HELLO_FILE.sha256,
    recipe,
    description: { ...DESCRIPTION, ...more },
    derivatives: [THUMBNAIL],
  });
}

function pendingIds(archive: Archive, recipes: readonly string[], limit = 100): readonly number[] {
  return archive.descriptions.pending(CHAT.id, START, { recipes, limit }).map(({ messageId }) => messageId);
}

describe('descriptions', () => {
  it('are wanted of every stored medium but cards and previews, page by page', async () => {
    using archive = await archiveWithPhotos();
    expect(pendingIds(archive, ['v1'])).toEqual([1, 2, 3, 4, 5]);
    expect(pendingIds(archive, ['v1'], 2)).toEqual([1, 2]);
    const [page] = archive.descriptions.pending(CHAT.id, { messageId: 2, position: 0 }, { recipes: ['v1'], limit: 1 });
    expect(page).toEqual({
      messageId: 3,
      position: 0,
      sha256: '3'.repeat(64),
      sizeBytes: 5,
      path: 'media/photos/3.jpg',
      hasWaveform: false,
    });
  });

  it('are shared by the duplicates of a chat, and hold for the recipes they were made by', async () => {
    using archive = await archiveWithPhotos();
    describeHello(archive);
    expect(pendingIds(archive, ['v1'])).toEqual([3, 5]);
    expect(pendingIds(archive, ['v1', 'v1-ffmpeg'])).toEqual([3, 5]);
    expect(pendingIds(archive, ['v2'])).toEqual([1, 2, 3, 4, 5]);
    expect(archive.descriptions.one(CHAT.id, HELLO_FILE.sha256)).toEqual({
      description: DESCRIPTION,
      derivatives: [THUMBNAIL],
    });
  });

  it('are replaced whole, with what was made', async () => {
    using archive = await archiveWithPhotos();
    describeHello(archive);
    const poster: Derivative = {
      kind: 'poster',
      path: 'thumbs/2cf2.poster.webp',
      sizeBytes: 7,
      mimeType: 'image/webp',
    };
    archive.descriptions.put({
      chatId: CHAT.id,
      sha256: HELLO_FILE.sha256,
      recipe: 'v2',
      description: DESCRIPTION,
      derivatives: [poster],
    });
    expect(archive.descriptions.one(CHAT.id, HELLO_FILE.sha256)?.derivatives).toEqual([poster]);
    expect(archive.descriptions.has(CHAT.id, HELLO_FILE.sha256, ['v1'])).toBe(false);
    expect(archive.descriptions.has(CHAT.id, HELLO_FILE.sha256, ['v1', 'v2'])).toBe(true);
  });

  it('are found by other chats that have the same content', async () => {
    const directory = temporaryDirectory();
    (await archiveWithPhotos(OTHER, directory)).close();
    using archive = await archiveWithPhotos(CHAT, directory);
    describeHello(archive, OTHER.id);
    expect(archive.descriptions.elsewhere(CHAT.id, HELLO_FILE.sha256)).toEqual([
      { folder: archive.chat(OTHER.id)?.folder, recipe: 'v1', description: DESCRIPTION, derivatives: [THUMBNAIL] },
    ]);
    expect(archive.descriptions.elsewhere(OTHER.id, HELLO_FILE.sha256)).toEqual([]);
    expect(pendingIds(archive, ['v1'])).toContain(1);
  });

  it('go, with what was made, when no medium of the chat has the content any more', async () => {
    using archive = await archiveWithPhotos();
    describeHello(archive);
    archive.descriptions.removeUnwanted(CHAT.id);
    expect([...archive.descriptions.paths(CHAT.id)]).toEqual([THUMBNAIL.path]);
    archive.commit({ chatId: CHAT.id, records: [1, 2, 4].map((id) => recordOf(textMessage(id))), senders: [] });
    archive.descriptions.removeUnwanted(CHAT.id);
    expect(archive.descriptions.one(CHAT.id, HELLO_FILE.sha256)).toBeUndefined();
    expect([...archive.descriptions.paths(CHAT.id)]).toEqual([]);
  });

  it('are written without what else their object carries', async () => {
    const directory = temporaryDirectory();
    {
      using archive = await archiveWithPhotos(CHAT, directory);
      describeHello(archive, CHAT.id, 'v1', { path: '/home/ann/secret.jpg' } as Partial<Description>);
    }
    using database = new Database(join(directory, 'archive.db'), { readOnly: true });
    expect(database.prepare('SELECT data FROM descriptions').all()).toEqual([{ data: JSON.stringify(DESCRIPTION) }]);
  });

  it('list what could not be made under the first message that carries it', async () => {
    using archive = await archiveWithPhotos();
    expect(archive.descriptions.problems(CHAT.id)).toEqual([]);
    const problems: readonly MediaProblem[] = [
      { work: 'thumbnail', reason: 'The picture breaks off.' },
      { work: 'placeholder', reason: 'There is no thumbnail.' },
    ];
    describeHello(archive, CHAT.id, 'v1', { problems });
    expect(archive.descriptions.problems(CHAT.id)).toEqual(
      problems.map((problem) => ({ messageId: 1, path: 'media/photos/1.jpg', ...problem })),
    );
  });

  it('can be read with plain SQL, and are found through indexes', async () => {
    const directory = temporaryDirectory();
    const archive = await archiveWithPhotos(CHAT, directory);
    describeHello(archive);
    archive.close();
    const database = new DatabaseSync(join(directory, 'archive.db'));
    const row: unknown = database
      .prepare('SELECT kind, mime_type, width, height, taken_at, placeholder, problem_count FROM descriptions')
      .get();
    expect({ ...(row as object) }).toEqual({
      kind: 'image',
      mime_type: 'image/jpeg',
      width: 640,
      height: 480,
      taken_at: '2026-05-01T10:00:00',
      placeholder: 'AAAA',
      problem_count: 0,
    });
    const plan = (sql: string): string => JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all());
    expect(plan('SELECT 1 FROM files WHERE size_bytes = 5')).toContain('files_by_size');
    expect(plan("SELECT 1 FROM descriptions WHERE sha256 = 'x'")).toContain('descriptions_by_sha256');
    database.close();
  });
});
