import { randomBytes } from 'node:crypto';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Archive } from '../../../../src/archive/archive.js';
import type { Media } from '../../../../src/chat/media.js';
import type { Message } from '../../../../src/chat/message.js';
import { locationOf, withLocation } from '../../../../src/source/telegram/convert/telegram-location.js';
import type { LiveSource } from '../../../../src/source/live-source.js';
import type { DownloadJournal, DownloadedFile } from '../../../../src/source/message-source.js';
import { temporaryDirectory } from '../../../archive/temporary-directory.js';
import {
  addGroup,
  emptyWorld,
  fileOf,
  neverAborted,
  postDocument,
  postedMedia,
  sha256,
  SimulatedTelegram,
} from '../simulated-telegram.js';

const PART = 512 * 1024;
const PART_COUNT = 9;
const BYTES = randomBytes((PART_COUNT - 1) * PART + 100);

let telegram: SimulatedTelegram;
let source: LiveSource;
let archive: Archive;
let journal: DownloadJournal;
let message: Message;
let media: Media;
let path: string;

beforeEach(async () => {
  const world = emptyWorld();
  const peer = addGroup(world, 1);
  telegram = await SimulatedTelegram.start(world);
  source = await telegram.openSource();
  const document = world.addDocument({ file: fileOf(BYTES), mimeType: 'application/zip', attributes: [], dcId: 2 });
  const id = postDocument(world, peer, document);
  ({ message, media } = await postedMedia(source, id));
  archive = await Archive.open(temporaryDirectory());
  journal = archive.parts.of('chat', media.remoteId ?? '');
  path = join(telegram.folder, 'file');
});

afterEach(async () => {
  archive.close();
  await telegram[Symbol.asyncDispose]();
});

function download(signal: AbortSignal = neverAborted()): Promise<DownloadedFile> {
  return source.download(message, media, { path, journal, signal });
}

/** Stops when `partCount` parts are recorded. @returns their offsets. */
async function interrupt(partCount: number): Promise<readonly number[]> {
  const controller = new AbortController();
  const offsets: number[] = [];
  const watched: DownloadJournal = {
    completed: (file) => journal.completed(file),
    clear: () => {
      journal.clear();
    },
    record: (part) => {
      journal.record(part);
      offsets.push(part.offset);
      if (offsets.length === partCount) controller.abort(new Error('enough'));
    },
  };
  const { signal } = controller;
  await expect(source.download(message, media, { path, journal: watched, signal })).rejects.toThrow('enough');
  return offsets;
}

/** Offsets of the parts that the server serves from now on. What was given up may still reach it, so each counts once. */
function served(): Set<number> {
  const offsets = new Set<number>();
  telegram.simulator.setNetwork({
    fault: ({ method, params }) => {
      if (method === 'upload.getFile') offsets.add(Number(params['offset']));
      return undefined;
    },
  });
  return offsets;
}

async function expectWhole(): Promise<void> {
  expect(await download()).toEqual({ sizeBytes: BYTES.length, sha256: sha256(BYTES) });
  expect((await readFile(path)).equals(BYTES)).toBe(true);
}

describe('a download that was interrupted', () => {
  it.each([1, 4, PART_COUNT - 1])('after %i parts fetches only the others', async (partCount) => {
    const there = await interrupt(partCount);
    const offsets = served();
    await expectWhole();
    expect(there.filter((offset) => offsets.has(offset))).toEqual([]);
    expect(offsets.size + there.length).toBe(PART_COUNT);
  });

  it('fetches nothing if the file was complete but not yet renamed', async () => {
    await expectWhole();
    const offsets = served();
    await expectWhole();
    expect(offsets.size).toBe(0);
  });

  it('fetches parts again that differ on disk from their records', async () => {
    const there = await interrupt(5);
    const [damaged = 0] = there;
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(damaged + 5) ^ 1, damaged + 5);
    await writeFile(path, bytes);
    const offsets = served();
    await expectWhole();
    expect(offsets.has(damaged)).toBe(true);
    expect(offsets.size).toBe(PART_COUNT - there.length + 1);
  });

  it('starts again if the partial file is missing or truncated', async () => {
    await interrupt(5);
    await truncate(path, 1);
    await expectWhole();
    journal.clear();
    await interrupt(5);
    await writeFile(path, '');
    const offsets = served();
    await expectWhole();
    expect(offsets.size).toBe(PART_COUNT);
  });

  it('removes bytes that an earlier run left beyond the end', async () => {
    await interrupt(3);
    await writeFile(path, Buffer.concat([await readFile(path), randomBytes(BYTES.length)]));
    await expectWhole();
  });

  it('uses no part of a file that has changed', async () => {
    await interrupt(5);
    const location = locationOf(media);
    if (location === undefined) throw new Error('the medium has no location');
    media = withLocation(media, { ...location, dcId: 4 });
    const offsets = served();
    await expectWhole();
    expect(offsets.size).toBe(PART_COUNT);
  });

  it('keeps its bytes when it is refused, since only wrong bytes are useless', async () => {
    const there = await interrupt(3);
    telegram.simulator.setNetwork({
      fault: ({ method }) => (method === 'upload.getFile' ? { error: 'LOCATION_INVALID' } : undefined),
    });
    await expect(download()).rejects.toMatchObject({ code: 'MEDIA_UNAVAILABLE' });
    expect(await readdir(telegram.folder)).toEqual(['file']);
    telegram.simulator.setNetwork({});
    const offsets = served();
    await expectWhole();
    expect(there.filter((offset) => offsets.has(offset))).toEqual([]);
  });
});
