import { createDecipheriv, createHash } from 'node:crypto';

import { Api } from 'telegram';
import { describe, expect, onTestFinished, test } from 'vitest';

import { startSimulator, type Simulator } from '../../src/simulator/server/server.js';
import type { TlObject } from '../../src/simulator/tl/tl-object.js';
import { patternedFile } from '../../src/simulator/world/world-file.js';
import { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import type { WorldFile } from '../../src/simulator/world/world.js';
import { cdnRequest } from '../../src/source/telegram/download/cdn-request.js';
import { DcSender } from '../../src/source/telegram/wire/connections/dc-sender.js';
import { trustServerKey } from '../../src/source/telegram/wire/gramjs-seams.js';
import { wireRequest } from '../../src/source/telegram/wire/wire-request.js';
import { RawClient } from './raw-client.js';

const KB = 1024;
const CDN_DC = 203;

interface Started {
  readonly simulator: Simulator;
  readonly file: WorldFile;
  /** Logged in at data centre 2. */
  readonly client: RawClient;
  readonly location: TlObject;
}

async function started({ cdnDcIds = [CDN_DC] }: { cdnDcIds?: readonly number[] } = {}): Promise<Started> {
  const world = new WorldBuilder({ seed: 3, homeDcId: 2 });
  world.addAccount({ userId: 1n, phone: '99966', code: '1' });
  world.addUser(1n, { self: true });
  const peer = world.addChannel(5n, 'Channel');
  const file = patternedFile(8n, 1_500_001);
  const document = world.addDocument({ file, mimeType: 'video/mp4', attributes: [], cdn: { dcId: CDN_DC } });
  const id = world.post(peer, { media: { _: 'messageMediaDocument', document } });
  const simulator = await startSimulator({ world, cdnDcIds });
  onTestFinished(() => simulator.close());
  const client = await RawClient.open(simulator, simulator.sessionFor(1n));
  onTestFinished(() => {
    client[Symbol.dispose]();
  });
  await client.greet();
  const channel = { _: 'inputChannel', channel_id: 5n, access_hash: world.chats.get(peer)?.['access_hash'] };
  const { messages } = (await ask(client, {
    _: 'channels.getMessages',
    channel,
    id: [{ _: 'inputMessageID', id }],
  })) as unknown as { messages: [{ media: { document: TlObject } }] };
  const { id: documentId, access_hash, file_reference } = messages[0].media.document;
  const location = { _: 'inputDocumentFileLocation', id: documentId, access_hash, file_reference, thumb_size: '' };
  return { simulator, file, client, location };
}

function ask(client: RawClient, request: TlObject): Promise<TlObject> {
  return client.answerTo(client.say(request));
}

function getFile(client: RawClient, location: TlObject, cdn_supported = true): Promise<TlObject> {
  return ask(client, { _: 'upload.getFile', location, offset: 0n, limit: 4 * KB, cdn_supported });
}

/** A client of the CDN that has nothing but the key that the data centre names. */
async function openCdn({ simulator, client }: Started): Promise<DcSender> {
  const { dc_options } = await ask(client, { _: 'help.getConfig' });
  const address = (dc_options as readonly TlObject[]).find(({ cdn }) => cdn === true);
  const { public_keys } = await ask(client, { _: 'help.getCdnConfig' });
  const [key] = public_keys as readonly TlObject[];
  const fingerprint = trustServerKey(key?.['public_key'] as string);
  expect(address).toMatchObject({ id: CDN_DC, port: simulator.cdnDcs[0]?.port });
  const sender = await DcSender.open({
    dcId: CDN_DC,
    host: address?.['ip_address'] as string,
    port: address?.['port'] as number,
    connectTimeoutMs: 5000,
    trustsKey: (given) => given === fingerprint,
    log: () => undefined,
    signal: new AbortController().signal,
  });
  onTestFinished(() => sender.close());
  return sender;
}

function getCdnFile(
  sender: DcSender,
  fileToken: Buffer,
  range: { offset?: number; limit?: number } = {},
): Promise<unknown> {
  const { offset = 0, limit = 64 * KB } = range;
  const signal = new AbortController().signal;
  return sender.call(cdnRequest(1, { fileToken, offset, limit }), { timeoutMs: 5000, signal });
}

function reupload(client: RawClient, redirect: TlObject, request_token: Uint8Array): Promise<TlObject> {
  return ask(client, { _: 'upload.reuploadCdnFile', file_token: redirect['file_token'], request_token });
}

describe('a file that is at a CDN', () => {
  test('is sent directly to clients without CDN support, and if no CDN is running', async () => {
    const { client, location } = await started();
    expect(await getFile(client, location, false)).toMatchObject({ _: 'upload.file' });
    const without = await started({ cdnDcIds: [] });
    expect(await getFile(without.client, without.location)).toMatchObject({ _: 'upload.file' });
  });

  test('is served once it was uploaded there, encrypted with AES-256-CTR counting in blocks from the start', async () => {
    const all = await started();
    const redirect = await getFile(all.client, all.location);
    expect(redirect).toMatchObject({ _: 'upload.fileCdnRedirect', dc_id: CDN_DC });
    const { file_token, encryption_key, encryption_iv } = redirect as unknown as Record<string, Buffer>;
    const cdn = await openCdn(all);
    const needed = await getCdnFile(cdn, file_token as Buffer);
    expect(needed).toBeInstanceOf(Api.upload.CdnFileReuploadNeeded);
    await reupload(all.client, redirect, (needed as Api.upload.CdnFileReuploadNeeded).requestToken);

    const offset = 640 * KB;
    const part = (await getCdnFile(cdn, file_token as Buffer, { offset, limit: 128 * KB })) as Api.upload.CdnFile;
    const iv = Buffer.from(encryption_iv as Buffer);
    iv.writeUInt32BE(offset / 16, 12);
    const plain = createDecipheriv('aes-256-ctr', encryption_key as Buffer, iv).update(part.bytes);
    expect(plain.equals(Buffer.from(all.file.read(offset, 128 * KB)))).toBe(true);

    all.simulator.evictCdnFiles();
    expect(await getCdnFile(cdn, file_token as Buffer)).toBeInstanceOf(Api.upload.CdnFileReuploadNeeded);
  });

  test('has hashes of 128 KB each, of its bytes before encryption', async () => {
    const { client, location, file } = await started();
    const { file_token, file_hashes } = await getFile(client, location);
    const { items: more } = await ask(client, { _: 'upload.getCdnFileHashes', file_token, offset: BigInt(1024 * KB) });
    const hashes = [...(file_hashes as readonly TlObject[]), ...(more as readonly TlObject[])];
    expect(hashes.map(({ limit }) => Number(limit)).reduce((sum, limit) => sum + limit)).toBe(file.sizeBytes);
    for (const { offset, limit, hash } of hashes) {
      const bytes = file.read(Number(offset), limit as number);
      expect(hash).toEqual(createHash('sha256').update(bytes).digest());
    }
  });

  test('is refused for unknown and expired tokens', async () => {
    const all = await started();
    const { simulator, client, location } = all;
    const redirect = await getFile(client, location);
    const cdn = await openCdn(all);
    const token = redirect['file_token'] as Buffer;
    await expect(getCdnFile(cdn, Buffer.from('made up'))).rejects.toMatchObject({ errorMessage: 'FILE_TOKEN_INVALID' });
    expect(await reupload(client, redirect, Buffer.from('made up'))).toMatchObject({
      error_message: 'REQUEST_TOKEN_INVALID',
    });
    simulator.expireCdnTokens();
    await expect(getCdnFile(cdn, token)).rejects.toMatchObject({ errorMessage: 'FILE_TOKEN_INVALID' });
    expect(await ask(client, { _: 'upload.getCdnFileHashes', file_token: token, offset: 0n })).toMatchObject({
      error_message: 'FILE_TOKEN_INVALID',
    });
    expect((await getFile(client, location))['file_token']).not.toEqual(token);
  });

  test.each([
    ['an offset that is not divisible by 4 KB', { offset: KB }, 'OFFSET_INVALID'],
    ['a limit that does not divide 1 MB', { limit: 12 * KB }, 'LIMIT_INVALID'],
    ['a range across a 1 MB boundary', { offset: 1020 * KB, limit: 8 * KB }, 'LIMIT_INVALID'],
  ])('is not served for %s', async (_, range, error) => {
    const all = await started();
    const { file_token } = await getFile(all.client, all.location);
    const cdn = await openCdn(all);
    await expect(getCdnFile(cdn, file_token as Buffer, range)).rejects.toMatchObject({ errorMessage: error });
  });
});

describe('a CDN data centre', () => {
  test('serves only encrypted files, and no other data centre does', async () => {
    const all = await started();
    const { file_token } = await getFile(all.client, all.location);
    const asked = ask(all.client, { _: 'upload.getCdnFile', file_token, offset: 0n, limit: 4 * KB });
    expect(await asked).toMatchObject({ error_message: 'METHOD_INVALID', error_code: 404 });
    const cdn = await openCdn(all);
    const config = wireRequest(new Api.help.GetConfig(), () => undefined);
    const signal = new AbortController().signal;
    await expect(cdn.call(config, { timeoutMs: 5000, signal })).rejects.toMatchObject({
      errorMessage: 'CDN_METHOD_INVALID',
    });
  });

  test('has its own id', async () => {
    const world = new WorldBuilder();
    await expect(startSimulator({ world, cdnDcIds: [4] })).rejects.toMatchObject({ code: 'USAGE' });
  });
});
