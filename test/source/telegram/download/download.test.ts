import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Media } from '../../../../src/chat/media.js';
import type { Message } from '../../../../src/chat/message.js';
import type { Fault } from '../../../../src/simulator/server/network.js';
import type { WorldBuilder } from '../../../../src/simulator/world/world-builder.js';
import type { WorldPeer } from '../../../../src/simulator/world/world.js';
import { locationOf, withLocation } from '../../../../src/source/telegram/convert/telegram-location.js';
import type { LiveSource } from '../../../../src/source/live-source.js';
import type { DownloadedFile } from '../../../../src/source/message-source.js';
import {
  addGroup,
  emptyWorld,
  fileOf,
  neverAborted,
  postDocument,
  postedMedia,
  sha256,
  SimulatedTelegram,
  without,
} from '../simulated-telegram.js';

const PART = 512 * 1024;
const HOME_DC = 2;
const FOREIGN_DC = 4;
const signal = neverAborted();

let world: WorldBuilder;
let telegram: SimulatedTelegram;
let source: LiveSource;
let peer: WorldPeer;

beforeEach(async () => {
  world = emptyWorld();
  peer = addGroup(world, 1);
  telegram = await SimulatedTelegram.start(world);
  source = await telegram.openSource({ requestTimeoutMs: 1500 });
});

afterEach(() => telegram[Symbol.asyncDispose]());

interface Posted {
  readonly message: Message;
  readonly media: Media;
}

/** Posts a file and reads its message as a client does. */
async function post(bytes: Buffer, dcId = HOME_DC): Promise<Posted> {
  const id = postDocument(
    world,
    peer,
    world.addDocument({ file: fileOf(bytes), mimeType: 'application/zip', attributes: [], dcId }),
  );
  return postedMedia(source, id);
}

function download({ message, media }: Posted, name = 'file', within = signal): Promise<DownloadedFile> {
  return source.download(message, media, { path: join(telegram.folder, name), signal: within });
}

/** Applies a fault to calls of getFile only, and counts those calls. */
function onGetFile(fault: (callCount: number, offset: number) => ReturnType<Fault>): () => number {
  let callCount = 0;
  telegram.simulator.setNetwork({
    fault: ({ method, params }) => {
      if (method !== 'upload.getFile') return undefined;
      callCount += 1;
      return fault(callCount, Number(params['offset']));
    },
  });
  return () => callCount;
}

function uploadFile(bytes: Uint8Array): ReturnType<Fault> {
  return { answer: { _: 'upload.file', type: { _: 'storage.fileUnknown' }, mtime: 0, bytes } };
}

async function expectWhole(posted: Posted, bytes: Buffer): Promise<void> {
  expect(await download(posted)).toEqual({ sizeBytes: bytes.length, sha256: sha256(bytes) });
  expect((await readFile(join(telegram.folder, 'file'))).equals(bytes)).toBe(true);
}

describe('a download', () => {
  it.each([1, PART - 1, PART, PART + 1, 3 * PART + 17])('of %i bytes is the same bytes', async (sizeBytes) => {
    const bytes = randomBytes(sizeBytes);
    await expectWhole(await post(bytes), bytes);
  });

  it('of an empty file makes one, once the server has sent no bytes and no hashes', async () => {
    const posted = await post(Buffer.alloc(0));
    await expectWhole(posted, Buffer.alloc(0));
    expect(telegram.simulator.calls.get('upload.getFile')).toBe(1);
  });

  it('goes to the data centre that has the file at once', async () => {
    const bytes = randomBytes(PART + 5);
    const dcIds: number[] = [];
    const posted = await post(bytes, FOREIGN_DC);
    telegram.simulator.setNetwork({
      fault: ({ method, dcId }) => {
        if (method === 'upload.getFile') dcIds.push(dcId);
        return undefined;
      },
    });
    await expectWhole(posted, bytes);
    expect(dcIds).toEqual([FOREIGN_DC, FOREIGN_DC]);
  });

  it('follows a file that has moved to another data centre', async () => {
    const bytes = randomBytes(100);
    const posted = await post(bytes, FOREIGN_DC);
    const location = locationOf(posted.media);
    if (location === undefined) throw new Error('the medium has no location');
    await expectWhole({ ...posted, media: withLocation(posted.media, { ...location, dcId: HOME_DC }) }, bytes);
  });

  it('reads to the end if the size is not announced', async () => {
    const bytes = randomBytes(2 * PART);
    const { message, media } = await post(bytes);
    expect(await download({ message, media: without(media, 'sizeBytes') })).toEqual({
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
    });
  });

  it('reports every byte once', async () => {
    const posted = await post(randomBytes(2 * PART + 3));
    const counts: number[] = [];
    const path = join(telegram.folder, 'file');
    await source.download(posted.message, posted.media, { path, signal, onBytes: (count) => void counts.push(count) });
    expect(counts.sort((one, other) => other - one)).toEqual([PART, PART, 3]);
  });

  it('fetches the message if the location of the file is unknown', async () => {
    const bytes = randomBytes(10);
    const { message, media } = await post(bytes);
    await expectWhole({ message, media: structuredClone(media) }, bytes);
  });
});

describe('a file reference', () => {
  it('that has expired before the start is renewed', async () => {
    const bytes = randomBytes(PART * 2);
    const posted = await post(bytes);
    telegram.simulator.expireFileReferences();
    await expectWhole(posted, bytes);
  });

  it('that expires during the download is renewed, and no finished part is fetched again', async () => {
    const bytes = randomBytes(PART * 12);
    const posted = await post(bytes);
    const served = new Map<number, number>();
    onGetFile((callCount, offset) => {
      if (callCount === 6) telegram.simulator.expireFileReferences();
      served.set(offset, (served.get(offset) ?? 0) + 1);
      return undefined;
    });
    await expectWhole(posted, bytes);
    expect(served.size).toBe(12);
    expect([...served.values()].filter((count) => count > 1).length).toBeLessThanOrEqual(8); // What was under way, after one round of growth.
  });

  it('is renewed once for all files of one message, and together for many messages', async () => {
    const posted: Posted[] = [];
    for (let index = 0; index < 20; index += 1) posted.push(await post(randomBytes(10 + index)));
    telegram.simulator.expireFileReferences();
    const before = telegram.simulator.calls.get('channels.getMessages') ?? 0;
    await Promise.all(posted.flatMap((one, index) => [download(one, `a${index}`), download(one, `b${index}`)]));
    const refreshes = (telegram.simulator.calls.get('channels.getMessages') ?? 0) - before;
    expect(refreshes).toBeLessThanOrEqual(10);
  });

  it('of a message that was deleted meanwhile cannot be renewed, and the reason says so', async () => {
    const posted = await post(randomBytes(10));
    world.delete(peer, [posted.message.id]);
    telegram.simulator.expireFileReferences();
    await expect(download(posted)).rejects.toMatchObject({
      code: 'MEDIA_UNAVAILABLE',
      message: expect.stringContaining('was deleted') as string,
    });
    expect(await readdir(telegram.folder)).toEqual([]);
  });

  it.each(['FILE_REFERENCE_EXPIRED', 'FILE_REFERENCE_INVALID', 'FILE_REFERENCE_EMPTY'])(
    'is not renewed forever if the server always answers %s',
    async (error) => {
      const posted = await post(randomBytes(10));
      const callCount = onGetFile(() => ({ error }));
      await expect(download(posted)).rejects.toMatchObject({ code: 'FILE_REFERENCE_EXPIRED' });
      expect(callCount()).toBeLessThan(10);
      expect(await readdir(telegram.folder)).toEqual([]);
    },
  );
});

describe('a damaged transfer', () => {
  it.each([
    ['short', 100],
    ['empty', 0],
    ['long', PART + 4],
  ])('with a part that is too %s is tried again', async (_, length) => {
    const bytes = randomBytes(PART + 1000);
    const posted = await post(bytes);
    onGetFile((callCount) => (callCount === 1 ? uploadFile(Buffer.alloc(length)) : undefined));
    await expectWhole(posted, bytes);
  });

  it.each([
    ['flipped', (bytes: Buffer) => Buffer.from(bytes.subarray(PART, 2 * PART)).fill(1, 77, 78)],
    ['repeated', (bytes: Buffer) => bytes.subarray(0, PART)],
  ])('with a part that is %s is detected by its hash, and tried again', async (_, damage) => {
    const bytes = randomBytes(PART * 3);
    bytes[PART + 77] = 2;
    const posted = await post(bytes);
    let damageCount = 0;
    onGetFile((__, offset) => {
      if (offset !== PART || damageCount === 2) return undefined;
      damageCount += 1;
      return uploadFile(damage(bytes));
    });
    await expectWhole(posted, bytes);
    expect(damageCount).toBe(2);
  });

  it('with a part that stays flipped is an error, and leaves no file', async () => {
    const bytes = randomBytes(PART * 2);
    const posted = await post(bytes);
    onGetFile((_, offset) => (offset === PART ? uploadFile(bytes.subarray(0, PART)) : undefined));
    await expect(download(posted)).rejects.toMatchObject({
      code: 'CONTENT_MISMATCH',
      message: expect.stringContaining(`from byte ${PART} on do not match its hash`) as string,
    });
    expect(await readdir(telegram.folder)).toEqual([]);
  });

  it('from a server without hashes is complete by its lengths', async () => {
    const bytes = randomBytes(PART + 9);
    const posted = await post(bytes);
    telegram.simulator.setNetwork({
      fault: ({ method }) => (method === 'upload.getFileHashes' ? { error: 'METHOD_INVALID' } : undefined),
    });
    await expectWhole(posted, bytes);
  });

  it('that stays short is an error, and leaves no file', async () => {
    const posted = await post(randomBytes(PART * 2));
    onGetFile((_, offset) => (offset === PART ? uploadFile(Buffer.alloc(100)) : undefined));
    await expect(download(posted)).rejects.toMatchObject({ code: 'CONTENT_MISMATCH' });
    expect(await readdir(telegram.folder)).toEqual([]);
  });

  it.each([HOME_DC, FOREIGN_DC])('over a connection to DC %i that is lost is continued', async (dcId) => {
    const bytes = randomBytes(PART * 8);
    const posted = await post(bytes, dcId);
    const callCount = onGetFile((count) => (count === 3 || count === 9 ? 'drop' : undefined));
    await expectWhole(posted, bytes);
    expect(callCount()).toBeLessThanOrEqual(8 + 2 * 4); // At most what was on its way at each cut.
  });

  it('with a request that is never answered is continued', async () => {
    const bytes = randomBytes(PART * 3);
    const posted = await post(bytes);
    onGetFile((callCount) => (callCount === 2 ? 'silent' : undefined));
    await expectWhole(posted, bytes);
  });

  it('at a data centre that no longer knows the account continues after a new authorisation', async () => {
    const bytes = randomBytes(PART);
    const posted = await post(bytes, FOREIGN_DC);
    onGetFile((callCount) => (callCount === 1 ? { error: 'AUTH_KEY_UNREGISTERED', code: 401 } : undefined));
    await expectWhole(posted, bytes);
    expect(telegram.simulator.calls.get('auth.importAuthorization')).toBe(2);
  });

  it('is distinguished from a file that Telegram no longer has', async () => {
    const posted = await post(randomBytes(10));
    onGetFile(() => ({ error: 'LOCATION_INVALID' }));
    await expect(download(posted)).rejects.toMatchObject({ code: 'MEDIA_UNAVAILABLE' });
  });

  it('that is aborted ends with the reason and leaves no file', async () => {
    const posted = await post(randomBytes(PART * 4));
    const controller = new AbortController();
    onGetFile((callCount) => {
      if (callCount === 2) controller.abort(new Error('enough'));
      return callCount === 2 ? 'silent' : undefined;
    });
    await expect(download(posted, 'file', controller.signal)).rejects.toThrow('enough');
    expect(await readdir(telegram.folder)).toEqual([]);
  });

  it('into a folder that is not there says so', async () => {
    const posted = await post(randomBytes(10));
    await expect(download(posted, join('missing', 'file'))).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});
