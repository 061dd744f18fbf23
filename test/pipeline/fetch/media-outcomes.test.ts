import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { MediaFiles } from '../../../src/archive/files/media-files.js';
import type { Media } from '../../../src/chat/media.js';
import type { Message } from '../../../src/chat/message.js';
import type { MediaRecord, MessageRecord } from '../../../src/chat/record.js';
import { ChatferryError } from '../../../src/errors/chatferry-error.js';
import type { MediaFetcherOptions } from '../../../src/pipeline/fetch/fetch-options.js';
import { MediaFetcher } from '../../../src/pipeline/fetch/media-fetcher.js';
import type { DownloadedFile, DownloadOptions, MessageSource } from '../../../src/source/message-source.js';
import { CHAT, HELLO_FILE, PHOTO, recordOf, textMessage } from '../../archive/sample-message.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { settle } from '../../concurrency/deferred.js';

let archive: Archive;
let folder: string;
let counted: unknown[];
let downloads: DownloadOptions[];
let download: (options: DownloadOptions, media: Media) => Promise<DownloadedFile>;
const controller = { current: new AbortController() };

/** Writes a text where the file goes, as a source does. */
function give(text: string, more: Pick<DownloadedFile, 'isWholeAtOtherSize'> = {}) {
  return ({ path, onBytes }: DownloadOptions): Promise<DownloadedFile> => {
    writeFileSync(path, text);
    onBytes?.(text.length);
    return Promise.resolve({
      sizeBytes: text.length,
      sha256: createHash('sha256').update(text).digest('hex'),
      ...more,
    });
  };
}

beforeEach(async () => {
  archive = await Archive.open(temporaryDirectory());
  folder = join(archive.directory, archive.placeChat(CHAT).folder);
  [counted, downloads] = [[], []];
  download = give('hello');
  controller.current = new AbortController();
});
afterEach(() => {
  archive[Symbol.dispose]();
});

async function fetcherOf(more: Partial<MediaFetcherOptions> = {}): Promise<MediaFetcher> {
  const files = new MediaFiles({ directory: archive.directory, folder: archive.chat(CHAT.id)?.folder ?? '' });
  await files.prepare();
  const source: Pick<MessageSource, 'download'> = {
    download: (_, media, options) => {
      downloads.push(options);
      return download(options, media);
    },
  };
  return new MediaFetcher({
    source: source as MessageSource,
    archive,
    files,
    folder: archive.chat(CHAT.id)?.folder ?? '',
    chatFolder: folder,
    selection: {},
    deduplicates: true,
    hashTimeoutMs: 1000,
    onBytes: (count) => void counted.push(['bytes', count]),
    ...more,
  });
}

const context = {
  get signal() {
    return controller.current.signal;
  },
  media: (...count: unknown[]): void => void counted.push(count),
  duplicate: (...count: unknown[]): void => void counted.push(count),
};

async function fetch(
  media: readonly Media[],
  { id = 1, before, ...more }: Partial<MediaFetcherOptions> & { id?: number; before?: MessageRecord } = {},
): Promise<readonly MediaRecord[]> {
  const message: Message = { ...textMessage(id), media };
  const { media: records, message: same } = await (await fetcherOf(more)).fetch(message, context, before);
  expect(same).toBe(message);
  return records;
}

function onTheWay(): readonly string[] {
  return existsSync(join(folder, '.partial')) ? readdirSync(join(folder, '.partial')) : [];
}

describe('what becomes of the media of a message', () => {
  it('each is stored, counted with its bytes, and asked for with what the source needs', async () => {
    const [record] = await fetch([PHOTO], { selection: { maxSizeBytes: 100 } });
    expect(record).toEqual({ state: 'stored', media: PHOTO, file: expect.objectContaining(HELLO_FILE) as unknown });
    expect(counted).toEqual([
      ['bytes', 5],
      ['photo', 'stored', 5],
    ]);
    expect(downloads).toMatchObject([{ priority: 1, maxSizeBytes: 100, journal: expect.anything() as unknown }]);
    expect(onTheWay()).toEqual([]);
  });

  it('one without an id of the source is fetched for itself, without a journal', async () => {
    const nameless: Media = { kind: 'photo', role: 'main', sizeBytes: 5 };
    expect(await fetch([nameless, { ...nameless, role: 'thumbnail' }])).toMatchObject([
      { state: 'stored' },
      { state: 'stored' },
    ]);
    expect(downloads).toHaveLength(2);
    for (const options of downloads) expect(options).not.toHaveProperty('journal');
    expect(counted).toContainEqual(['content', 5]);
  });

  it('one that is left out is not fetched', async () => {
    const video: Media = { ...PHOTO, kind: 'video' };
    const records = await fetch([PHOTO, video], { selection: { kinds: new Set(['video']), maxSizeBytes: 4 } });
    expect(records).toEqual([
      { state: 'skipped', media: PHOTO, reason: 'kind-not-selected' },
      { state: 'skipped', media: video, reason: 'too-large' },
    ]);
    expect(counted).toEqual([
      ['photo', 'skipped', 0],
      ['video', 'skipped', 0],
    ]);
  });

  it('one that is left out now keeps the file that it has', async () => {
    const known: MediaRecord = { state: 'stored', media: PHOTO, file: HELLO_FILE };
    const thumbnail: Media = { ...PHOTO, role: 'thumbnail', kind: 'thumbnail' };
    const before = recordOf(textMessage(1), [known]);
    const selection = { kinds: new Set(['video'] as const) };
    const now = { ...PHOTO, width: 7 };
    expect(await fetch([now, thumbnail], { before, selection })).toEqual([
      { ...known, media: now },
      { state: 'skipped', media: thumbnail, reason: 'kind-not-selected' },
    ]);
    expect(counted).toEqual([['thumbnail', 'skipped', 0]]);
    const failed: MediaRecord = { state: 'failed', media: PHOTO, code: 'TIMEOUT', reason: 'Late.' };
    const [record] = await fetch([PHOTO], { before: recordOf(textMessage(1), [failed]), selection });
    expect(record).toMatchObject({ state: 'skipped' });
  });

  it('one that is wanted is fetched again, though it has a file', async () => {
    const before = recordOf(textMessage(1), [{ state: 'stored', media: PHOTO, file: HELLO_FILE }]);
    expect(await fetch([PHOTO], { before })).toMatchObject([{ state: 'stored' }]);
    expect(downloads).toHaveLength(1);
  });

  it('one that the source does not hand out is not asked for', async () => {
    const gone = { ...PHOTO, unavailableReason: 'It destroyed itself.' };
    expect(await fetch([gone])).toMatchObject([{ code: 'MEDIA_UNAVAILABLE', reason: 'It destroyed itself.' }]);
    expect([counted, downloads]).toEqual([[['photo', 'unavailable', 0]], []]);
  });

  it('one that its message carries is written', async () => {
    const card: Media = { kind: 'contact-card', role: 'main', inlineContent: 'BEGIN:VCARD' };
    const [record] = await fetch([card]);
    const path = record?.state === 'stored' ? record.file.path : '';
    expect(readFileSync(join(folder, path), 'utf8')).toBe('BEGIN:VCARD');
    expect(downloads).toEqual([]);
  });

  it('one that turns out to be too large is remembered as larger than the limit, and nothing of it is kept', async () => {
    const sizeless: Media = { kind: 'photo', role: 'main', remoteId: 'photo:7' };
    download = ({ path }) => {
      writeFileSync(path, 'much');
      return Promise.reject(new ChatferryError('TOO_LARGE', 'It is larger than 4.'));
    };
    expect(await fetch([sizeless], { selection: { maxSizeBytes: 4 } })).toEqual([
      { state: 'skipped', media: { ...sizeless, leastBytes: 5 }, reason: 'too-large' },
    ]);
    expect(counted).toEqual([['photo', 'skipped', 0]]);
  });

  it('one that fails is a record with the reason, and does not keep the others from coming', async () => {
    download = (options, { role }) =>
      role === 'main'
        ? Promise.reject(new ChatferryError('TIMEOUT', 'Late.', { retryable: true }))
        : give('hello')(options);
    const other: Media = { ...PHOTO, role: 'cover', remoteId: 'photo:8' };
    expect(await fetch([PHOTO, other])).toMatchObject([{ state: 'failed', code: 'TIMEOUT' }, { state: 'stored' }]);
    expect(counted).toContainEqual(['photo', 'failed', 0]);
  });

  it('one that is refused in two runs is settled', async () => {
    download = () => Promise.reject(new ChatferryError('MEDIA_UNAVAILABLE', 'Gone.'));
    const [first] = await fetch([PHOTO]);
    expect(counted).toEqual([['photo', 'refused', 0]]);
    const before = recordOf(textMessage(1), first === undefined ? [] : [first]);
    const [second] = await fetch([PHOTO], { before });
    expect(second?.media.unavailableReason).toBe('Gone.');
  });

  it('an error of the whole run is thrown, and so is the reason of the signal', async () => {
    download = () => Promise.reject(new ChatferryError('LOGIN_REQUIRED', 'Log in.'));
    await expect(fetch([PHOTO])).rejects.toMatchObject({ code: 'LOGIN_REQUIRED' });
    download = () => Promise.reject(new TypeError('a defect'));
    await expect(fetch([PHOTO])).rejects.toThrow('a defect');
    const reason = new ChatferryError('INTERRUPTED', 'Enough.');
    download = () => {
      controller.current.abort(reason);
      return Promise.reject(new ChatferryError('TIMEOUT', 'Late.'));
    };
    await expect(fetch([PHOTO])).rejects.toBe(reason);
    expect(counted).toEqual([]);
    await expect(fetch([PHOTO])).rejects.toBe(reason);
    expect(downloads).toHaveLength(3); // Nothing is asked for any more.
  });
});

describe('bytes that came and are not those that were announced', () => {
  it('are refused and removed, unless the source says that the file is whole', async () => {
    download = give('hell');
    expect(await fetch([PHOTO])).toMatchObject([{ state: 'failed', code: 'CONTENT_MISMATCH' }]);
    expect(onTheWay()).toEqual([]);
    download = give('hell', { isWholeAtOtherSize: true });
    expect(await fetch([PHOTO])).toMatchObject([
      { state: 'stored', file: { sizeBytes: 4 }, note: expect.stringContaining('5 bytes were announced') as string },
    ]);
  });

  it('are removed also where there is no journal, and where there is none, whatever stopped them', async () => {
    const nameless: Media = { kind: 'photo', role: 'main', sizeBytes: 5 };
    download = give('hell');
    await fetch([nameless]);
    expect(onTheWay()).toEqual([]);
    download = give('hello');
    writeFileSync(join(folder, 'media'), 'in the way');
    await expect(fetch([nameless])).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(onTheWay()).toEqual([]);
  });

  it('stay where they are right and only could not get their name, and the next run finds them', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'media'), 'in the way');
    await expect(fetch([PHOTO])).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
    expect(onTheWay()).toEqual(['photo+7.part']);
    expect(archive.parts.placementOf(archive.chat(CHAT.id)?.folder ?? '', 'photo:7')).toMatchObject({ sizeBytes: 5 });
  });
});

describe('bytes that the archive has', () => {
  it('are taken from there for the same id, in this run and the next, and counted as not fetched', async () => {
    const fetcher = await fetcherOf();
    const withPhoto = (id: number): Message => ({ ...textMessage(id), media: [PHOTO] });
    const first = await fetcher.fetch(withPhoto(1), context);
    await fetcher.fetch(withPhoto(2), context);
    archive.commit({ chatId: CHAT.id, records: [first], senders: [] });
    await fetch([PHOTO], { id: 3 });
    expect(downloads).toHaveLength(1);
    expect(counted.filter((count) => Array.isArray(count) && count[0] === 'remote-id')).toEqual([
      ['remote-id', 5],
      ['remote-id', 5],
    ]);
  });

  it('are fetched for each message where they are not to be shared', async () => {
    const fetcher = await fetcherOf({ deduplicates: false });
    for (const id of [1, 2]) await fetcher.fetch({ ...textMessage(id), media: [PHOTO] }, context);
    expect(downloads).toHaveLength(2);
    expect(counted).not.toContainEqual(['remote-id', 5]);
    expect(counted).not.toContainEqual(['content', 5]);
  });

  it('are fetched once where two messages ask at the same time', async () => {
    let runningCount = 0;
    download = async (options) => {
      runningCount += 1;
      await settle();
      expect(runningCount).toBe(1);
      runningCount -= 1;
      return give('hello')(options);
    };
    const fetcher = await fetcherOf();
    const [one, other] = await Promise.all(
      [1, 2].map((id) => fetcher.fetch({ ...textMessage(id), media: [PHOTO] }, context)),
    );
    expect(downloads).toHaveLength(1);
    expect(one?.media[0]).not.toEqual(other?.media[0]);
  });

  it('are known by another announced size of then, where what was announced then is announced again', async () => {
    download = give('hell', { isWholeAtOtherSize: true });
    const fetcher = await fetcherOf();
    for (const id of [1, 2]) await fetcher.fetch({ ...textMessage(id), media: [PHOTO] }, context);
    expect(downloads).toHaveLength(1);
    await fetcher.fetch({ ...textMessage(3), media: [{ ...PHOTO, sizeBytes: 4 }] }, context);
    expect(downloads).toHaveLength(2);
  });
});
