import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import type { MediaTarget } from '../../../src/archive/files/file-name.js';
import { MediaFiles } from '../../../src/archive/files/media-files.js';
import { checkSize, fetchFile } from '../../../src/pipeline/fetch/fetch-file.js';
import type { MediaFetcherOptions } from '../../../src/pipeline/fetch/fetch-options.js';
import { findById } from '../../../src/pipeline/fetch/find-by-id.js';
import { linkTwin } from '../../../src/pipeline/fetch/link-twin.js';
import { nameFile } from '../../../src/pipeline/fetch/name-file.js';
import { placeFile } from '../../../src/pipeline/fetch/place-file.js';
import { PlacedFiles } from '../../../src/pipeline/fetch/placed-files.js';
import type { MessageSource } from '../../../src/source/message-source.js';
import { CHAT, PHOTO, textMessage } from '../../archive/sample-message.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';

const BYTES = Buffer.from('four');
const DIGEST = { sizeBytes: BYTES.length, sha256: createHash('sha256').update(BYTES).digest('hex') };
const { signal } = new AbortController();

let archive: Archive;
let options: MediaFetcherOptions;
let placed: PlacedFiles;
let downloadCount: number;

function target(id: number, remoteId = 'photo:7'): MediaTarget {
  return { message: textMessage(id), media: { ...PHOTO, remoteId, sizeBytes: BYTES.length }, index: 0 };
}

/** Downloads and places the file of message 1. */
async function placeFirst(): Promise<string> {
  const temporaryPath = options.files.temporaryPath(textMessage(1), 0);
  const downloaded = await fetchFile(target(1), { ...options, temporaryPath, journal: undefined, signal });
  const { file } = await placeFile(target(1), { temporaryPath, downloaded, placed, options, signal });
  return file.absolutePath;
}

beforeEach(async () => {
  const directory = temporaryDirectory();
  archive = await Archive.open(directory);
  const { folder } = archive.placeChat(CHAT);
  const files = new MediaFiles({ directory, folder });
  await files.prepare();
  placed = new PlacedFiles();
  downloadCount = 0;
  const source: Pick<MessageSource, 'download'> = {
    async download(_message, _media, { path }) {
      downloadCount += 1;
      await writeFile(path, BYTES);
      return DIGEST;
    },
  };
  options = {
    ...{ source: source as MessageSource, archive, files, folder, chatFolder: join(directory, folder) },
    ...{ selection: {}, deduplicates: true, hashTimeoutMs: 1000, onBytes: () => undefined },
  };
});
afterEach(() => {
  archive[Symbol.dispose]();
});

describe('the steps of a fetch', () => {
  it('find by id: links a file that has the id, and none of another announced size, or that is gone', async () => {
    const path = await placeFirst();
    expect(await findById(target(2), { placed, options, signal })).toBeUndefined();
    placed.add({ ...DIGEST, path: 'x', absolutePath: path, announcedBytes: BYTES.length }, 'photo:7');
    const other = { ...target(2), media: { ...target(2).media, sizeBytes: 5 } };
    expect(await findById(other, { placed, options, signal })).toBeUndefined();
    const found = await findById(target(2), { placed, options, signal });
    expect(found?.duplicate).toBe('remote-id');
    expect(await readFile(found?.file.absolutePath ?? '')).toEqual(BYTES);
    await rm(path);
    expect(await findById(target(3), { placed, options, signal })).toBeUndefined();
  });

  it('find twin: links what the search finds, and notes its place before it has its name', async () => {
    const path = await placeFirst();
    const twin = { ...DIGEST, path, absolutePath: path };
    const candidate = { find: () => Promise.resolve(twin), leave: () => Promise.resolve() };
    const found = await linkTwin(candidate, target(2, 'photo:8'), { options, signal });
    expect(found).toMatchObject({ duplicate: 'file-hashes', file: DIGEST });
    expect(archive.parts.placements('photo:8').map((noted) => noted.path)).toEqual([found?.file.path]);
    expect(await linkTwin(undefined, target(3, 'photo:9'), { options, signal })).toBeUndefined();
  });

  it('fetch: takes what an earlier run has left complete, and downloads anything else', async () => {
    const temporaryPath = options.files.temporaryPath(textMessage(1), 0);
    const fetching = { ...options, temporaryPath, journal: undefined, signal };
    await writeFile(temporaryPath, BYTES);
    expect(await fetchFile(target(1), fetching)).toEqual(DIGEST);
    expect(downloadCount).toBe(1); // Nothing was noted of the file, so nobody knows that it is complete.
    archive.parts.place(options.folder, 'photo:7', { ...DIGEST, path: 'media/photo.jpg' });
    expect(await fetchFile(target(1), fetching)).toMatchObject(DIGEST);
    expect(downloadCount).toBe(1);
    await writeFile(temporaryPath, 'other');
    await fetchFile(target(1), fetching);
    expect(downloadCount).toBe(2);
  });

  it('fetch: refuses another size than was announced, unless the source says that the file is complete', () => {
    const media = { ...PHOTO, sizeBytes: 5 };
    expect(() => {
      checkSize(media, DIGEST);
    }).toThrow('Received 4 bytes, but 5 were announced');
    expect(() => {
      checkSize(media, { ...DIGEST, isWholeAtOtherSize: true });
    }).not.toThrow();
  });

  it('name: gives the extension of the bytes, and leaves the name of what cannot be read', async () => {
    const { files } = options;
    const named = (rightExtension: NonNullable<MediaFetcherOptions['rightExtension']>): Promise<MediaTarget> =>
      nameFile(target(1), '/absent', { files, rightExtension });
    expect(await named(() => Promise.resolve('png'))).toMatchObject({ extension: 'png' });
    expect(await named(() => Promise.resolve(undefined))).toEqual(target(1));
    expect(await named(() => Promise.reject(new Error('unreadable')))).toEqual(target(1));
    expect(await nameFile(target(1), '/absent', { files })).toEqual(target(1));
  });

  it('place: stores equal bytes under different ids once, and removes the download', async () => {
    const path = await placeFirst();
    const temporaryPath = options.files.temporaryPath(textMessage(2), 0);
    await writeFile(temporaryPath, BYTES);
    const parts = { temporaryPath, downloaded: DIGEST, placed, signal };
    const second = await placeFile(target(2, 'photo:8'), { ...parts, options });
    expect(second.duplicate).toBe('content');
    expect([existsSync(path), existsSync(second.file.absolutePath), existsSync(temporaryPath)]).toEqual([
      true,
      true,
      false,
    ]);
    await writeFile(temporaryPath, BYTES);
    const alone = await placeFile(target(2, 'photo:8'), { ...parts, options: { ...options, deduplicates: false } });
    expect(alone.duplicate).toBeUndefined();
  });
});
