import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Media } from '../../../../src/chat/media.js';
import type { Message } from '../../../../src/chat/message.js';
import type { FaultAnswer, FaultRequest } from '../../../../src/simulator/server/network.js';
import type { WorldBuilder } from '../../../../src/simulator/world/world-builder.js';
import type { CdnCopy, WorldPeer } from '../../../../src/simulator/world/world.js';
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
const CDN_DC = 203;
const signal = neverAborted();

let world: WorldBuilder;
let telegram: SimulatedTelegram;
let source: LiveSource;
let peer: WorldPeer;
let log: string[];

beforeEach(async () => {
  log = [];
  world = emptyWorld();
  peer = addGroup(world, 1);
  telegram = await SimulatedTelegram.start(world, { cdnDcIds: [CDN_DC] });
  source = await telegram.openSource({
    requestTimeoutMs: 1500,
    log: (level, text) => {
      if (level === 'warn') log.push(text);
    },
  });
});

afterEach(() => telegram[Symbol.asyncDispose]());

interface Posted {
  readonly message: Message;
  readonly media: Media;
}

/** Posts a file that is also at the CDN, and reads its message as a client does. */
async function post(
  bytes: Buffer,
  { dcId = 2, cdn = {} }: { dcId?: number; cdn?: Partial<CdnCopy> } = {},
): Promise<Posted> {
  const document = world.addDocument({
    file: fileOf(bytes),
    mimeType: 'application/zip',
    attributes: [],
    dcId,
    cdn: { dcId: CDN_DC, ...cdn },
  });
  const id = postDocument(world, peer, document);
  return postedMedia(source, id);
}

function download({ message, media }: Posted, name = 'file', within = signal): Promise<DownloadedFile> {
  return source.download(message, media, { path: join(telegram.folder, name), signal: within });
}

async function expectWhole(posted: Posted, bytes: Buffer): Promise<void> {
  expect(await download(posted)).toEqual({ sizeBytes: bytes.length, sha256: sha256(bytes) });
  expect((await readFile(join(telegram.folder, 'file'))).equals(bytes)).toBe(true);
}

function calls(method: string): number {
  return telegram.simulator.calls.get(method) ?? 0;
}

/** Applies a fault to the calls of one method. */
function onCall(method: string, fault: (request: FaultRequest, nth: number) => FaultAnswer | undefined): void {
  let nth = 0;
  telegram.simulator.setNetwork({
    fault: (request) => {
      if (request.method !== method) return undefined;
      nth += 1;
      return fault(request, nth);
    },
  });
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 4, at);
  return copy;
}

describe('a file that is at a CDN', () => {
  it.each([1, PART - 1, PART, PART + 1, 5 * PART + 17])(
    'of %i bytes is fetched from there, with the same bytes',
    async (size) => {
      const bytes = randomBytes(size);
      await expectWhole(await post(bytes), bytes);
      expect(calls('upload.getCdnFile')).toBeGreaterThanOrEqual(Math.ceil(size / PART));
      expect(log).toEqual([]);
    },
  );

  it('is requested from its data centre at most once per part, until that redirects', async () => {
    const bytes = randomBytes(12 * PART);
    const posted = await post(bytes, { dcId: 4 });
    await expectWhole(posted, bytes);
    expect(calls('upload.getFile')).toBeLessThanOrEqual(4); // What was on its way before the first answer came.
    expect(calls('help.getCdnConfig')).toBe(1);
    expect(telegram.simulator.unserved.size).toBe(0);
  });

  it('is read to its end if its size is not announced', async () => {
    const bytes = randomBytes(2 * PART);
    const { message, media } = await post(bytes);
    expect(await download({ message, media: without(media, 'sizeBytes') })).toMatchObject({ sha256: sha256(bytes) });
  });

  it('is fetched over several connections, none of which identifies the account to the CDN', async () => {
    const bytes = randomBytes(16 * PART);
    const posted = await post(bytes);
    const connections = new Set<number>();
    const methods = new Set<string>();
    telegram.simulator.setNetwork({
      latencyMs: 5,
      fault: ({ method, dcId, connectionId }) => {
        if (dcId !== CDN_DC) return undefined;
        connections.add(connectionId);
        methods.add(method);
        return undefined;
      },
    });
    await expectWhole(posted, bytes);
    expect(connections.size).toBeGreaterThan(1);
    expect([...methods]).toEqual(['upload.getCdnFile']);
  });

  it('is uploaded to the CDN once for all of its parts', async () => {
    const bytes = randomBytes(9 * PART);
    await expectWhole(await post(bytes), bytes);
    expect(calls('upload.reuploadCdnFile')).toBe(1);
    expect(calls('upload.getCdnFile')).toBeLessThanOrEqual(9 + 8);
  });

  it('that the CDN drops during the download is uploaded there again', async () => {
    const bytes = randomBytes(12 * PART);
    const posted = await post(bytes);
    onCall('upload.getCdnFile', (_, nth) => {
      if (nth === 9) telegram.simulator.evictCdnFiles();
      return undefined;
    });
    await expectWhole(posted, bytes);
    expect(calls('upload.reuploadCdnFile')).toBe(2);
  });

  it('that the CDN never keeps is fetched from its data centre', async () => {
    const bytes = randomBytes(2 * PART);
    const posted = await post(bytes);
    const requestToken = Buffer.from('never given out');
    onCall('upload.getCdnFile', () => {
      telegram.simulator.evictCdnFiles();
      return undefined;
    });
    await expectWhole(posted, bytes);
    onCall('upload.getCdnFile', () => ({ answer: { _: 'upload.cdnFileReuploadNeeded', request_token: requestToken } }));
    await expectWhole(posted, bytes);
  });

  it('whose token expires during the download continues with another', async () => {
    const bytes = randomBytes(12 * PART);
    const posted = await post(bytes);
    onCall('upload.getCdnFile', (_, nth) => {
      if (nth === 9) telegram.simulator.expireCdnTokens();
      return undefined;
    });
    await expectWhole(posted, bytes);
    expect(calls('upload.reuploadCdnFile')).toBe(2);
    expect(log).toEqual([]);
  });

  it.each(['upload.getCdnFile', 'upload.reuploadCdnFile', 'upload.getCdnFileHashes'])(
    'for which %s never accepts a token is fetched from its data centre',
    async (method) => {
      const bytes = randomBytes(4 * PART);
      const posted = await post(bytes);
      onCall(method, () => ({ error: 'FILE_TOKEN_INVALID' }));
      await expectWhole(posted, bytes);
      expect(calls('upload.getFile')).toBeGreaterThanOrEqual(2);
    },
  );
});

describe('a CDN that is not to be trusted', () => {
  it.each([0, 77, PART + 128 * 1024, 3 * PART - 1])(
    'with one bit flipped, at byte %i, is detected, and the data centre is used',
    async (at) => {
      const bytes = randomBytes(3 * PART);
      await expectWhole(await post(bytes, { cdn: { file: fileOf(flipped(bytes, at)) } }), bytes);
      expect(log).toEqual([expect.stringContaining(`CDN ${CDN_DC} sent wrong bytes`) as string]);
    },
  );

  it('with a truncated file is detected', async () => {
    const bytes = randomBytes(2 * PART);
    const posted = await post(bytes, { cdn: { file: fileOf(bytes.subarray(0, PART + 128 * 1024)) } });
    await expectWhole(posted, bytes);
  });

  it.each([0, PART, PART + 128 * 1024])(
    'with only the first %i bytes of a file of unknown size is detected',
    async (size) => {
      const bytes = randomBytes(2 * PART + 5);
      const { message, media } = await post(bytes, { cdn: { file: fileOf(bytes.subarray(0, size)) } });
      const unsized = { message, media: without(media, 'sizeBytes') };
      expect(await download(unsized)).toEqual({ sizeBytes: bytes.length, sha256: sha256(bytes) });
    },
  );

  it('with a file that is too long is detected', async () => {
    const bytes = randomBytes(PART + 5);
    const { message, media } = await post(bytes, { cdn: { file: fileOf(Buffer.concat([bytes, randomBytes(99)])) } });
    expect(await download({ message, media: without(media, 'sizeBytes') })).toMatchObject({ sha256: sha256(bytes) });
  });

  it('is tried once more after one wrong part', async () => {
    const bytes = randomBytes(4 * PART);
    const posted = await post(bytes);
    onCall('upload.getCdnFile', ({ params }, nth) =>
      nth > 6 && nth < 8
        ? { answer: { _: 'upload.cdnFile', bytes: randomBytes(params['limit'] as number) } }
        : undefined,
    );
    await expectWhole(posted, bytes);
    expect(log).toEqual([]);
  });

  it('delivers no bytes without a hash', async () => {
    const bytes = randomBytes(4 * PART);
    const posted = await post(bytes);
    const served = new Set<number>();
    telegram.simulator.setNetwork({
      fault: ({ method, params }) => {
        if (method === 'upload.getFile') served.add(Number(params['offset']));
        return method === 'upload.getCdnFileHashes' ? { error: 'RSA_DECRYPT_FAILED' } : undefined;
      },
    });
    await expectWhole(posted, bytes);
    expect([...served].filter((offset) => offset >= 2 * PART).length).toBe(2); // Those behind the hashes of the redirect.
  });

  it('cannot impersonate a data centre', async () => {
    const [cdn] = telegram.simulator.cdnDcs;
    if (cdn === undefined) throw new Error('there is no CDN');
    const bytes = randomBytes(10);
    await expectWhole(await post(bytes), bytes); // Its key is known now.
    const dcAddresses = telegram.simulator.dcs.map((dc) => (dc.id === 4 ? { ...cdn, id: 4 } : dc));
    source = await telegram.openSource({ dcAddresses, maxRetries: 0 });
    await expect(download(await post(bytes, { dcId: 4 }))).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('the key of another server') as string,
    });
  });
});

describe('a CDN that does not work', () => {
  it('is not used if the client cannot find out its address', async () => {
    const bytes = randomBytes(3 * PART);
    const posted = await post(bytes);
    onCall('help.getCdnConfig', () => ({ answer: { _: 'cdnConfig', public_keys: [] } }));
    await expectWhole(posted, bytes);
    expect(calls('upload.getCdnFile')).toBe(0);
  });

  it('is avoided for a while by all files', async () => {
    const dcAddresses = [...telegram.simulator.dcs, { id: CDN_DC, host: '127.0.0.1', port: 1 }];
    source = await telegram.openSource({ dcAddresses, connectTimeoutMs: 500 });
    const bytes = randomBytes(3 * PART);
    await expectWhole(await post(bytes), bytes);
    const asked: unknown[] = [];
    onCall('upload.getFile', ({ params }) => {
      asked.push(params['cdn_supported'] === true);
      return undefined;
    });
    await expectWhole(await post(bytes), bytes);
    expect(asked).toEqual([false, false, false]);
  });

  it('because it does not serve bots is avoided by all files', async () => {
    const bytes = randomBytes(10);
    const posted = await post(bytes);
    onCall('upload.getCdnFile', () => ({ error: 'BOT_METHOD_INVALID' }));
    await expectWhole(posted, bytes);
    await expectWhole(posted, bytes);
    expect(calls('upload.getCdnFile')).toBe(1);
  });

  it.each(['drop', 'silent'] as const)('for a moment (%s) is tried again', async (answer) => {
    const bytes = randomBytes(8 * PART);
    const posted = await post(bytes);
    onCall('upload.getCdnFile', (_, nth) => (nth === 7 ? answer : undefined));
    await expectWhole(posted, bytes);
    expect(log).toEqual([]);
  });

  it('does not delay an abort', async () => {
    const posted = await post(randomBytes(4 * PART));
    const controller = new AbortController();
    onCall('upload.getCdnFile', (_, nth) => {
      if (nth === 2) controller.abort(new Error('enough'));
      return 'silent';
    });
    await expect(download(posted, 'file', controller.signal)).rejects.toThrow('enough');
    expect(await readdir(telegram.folder)).toEqual([]);
  });
});
