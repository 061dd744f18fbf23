import { describe, expect, it } from 'vitest';

import { GeminiTarget } from '../../../src/upload/targets/gemini/gemini-target.js';
import { KimiTarget } from '../../../src/upload/targets/kimi/kimi-target.js';
import { OpenaiTarget } from '../../../src/upload/targets/openai/openai-target.js';
import { S3Target } from '../../../src/upload/targets/s3/s3-target.js';
import { SupabaseTarget } from '../../../src/upload/targets/tus/supabase-target.js';
import { TusTarget } from '../../../src/upload/targets/tus/tus-target.js';
import type { RecordedFile, RemoteUpload, UploadTarget } from '../../../src/upload/upload-target.js';
import { GeminiServer } from '../servers/gemini-server.js';
import { KimiServer } from '../servers/kimi-server.js';
import { OpenaiServer } from '../servers/openai-server.js';
import { onNth } from '../servers/fault-proxy.js';
import { TusNodeFarEnd } from './tus/far-ends.js';
import { TusStage } from './tus/tus-stage.js';

const { signal } = new AbortController();
const connection = { connectionCount: 1, timeoutMs: 5000, allowPrivateRedirects: false };
const apiKey = 'canary-key';
const ID = '11111111-2222-4333-8444-555555555555';
const recorded: RecordedFile = { name: 'in/film', receipts: [] };

type Record = readonly [string, RemoteUpload];

/** No request is made for these: nobody listens at the address. */
const NOBODY = 'http://127.0.0.1:9';

const owned = (target: UploadTarget, upload: RemoteUpload, file = recorded): Promise<boolean> =>
  Promise.resolve(target.owns(upload, file, signal));

describe('S3', () => {
  const own = { host: '127.0.0.1:9', key: 'chats/in/film', uploadId: '2~abc_DEF-1.', replaces: 'e0-2' };
  const open = () =>
    new S3Target({
      ...{ ...connection, endpoint: new URL(NOBODY), bucket: 'bucket', prefix: 'chats', region: 'us-east-1' },
      ...{ checksums: 'compatible', credentials: { accessKeyId: 'canary', secretAccessKey: apiKey } },
    });

  it('goes on with what it began for the file, in one request as well', async () => {
    await using target = open();
    expect(await owned(target, own)).toBe(true);
    expect(await owned(target, { host: own.host, key: own.key })).toBe(true);
  });

  it.each<Record>([
    ['another store', { ...own, host: 'elsewhere.example' }],
    ['the object of another file', { ...own, key: 'chats/in/other' }],
    ['an object outside of its prefix', { ...own, key: 'in/film' }],
    ['no object', { host: own.host }],
    ['an upload with a line break', { ...own, uploadId: 'abc\r\nhost: x' }],
    ['an upload without a name', { ...own, uploadId: '' }],
    ['an upload whose name has no end', { ...own, uploadId: 'a'.repeat(1025) }],
    ['a version with a line break', { ...own, replaces: 'e\n0' }],
  ])('does not own a record of %s', async (_, upload) => {
    await using target = open();
    expect(await owned(target, upload)).toBe(false);
  });
});

const uploads = (...addresses: readonly string[]): RemoteUpload => ({
  uploads: JSON.stringify(addresses.map((address, index) => ({ address, offset: index, sizeBytes: 1 }))),
});

describe('tus', () => {
  const open = () => new TusTarget({ ...connection, endpoint: new URL(`${NOBODY}/files`) });

  it('goes on at its own origin, and elsewhere where that is allowed', async () => {
    await using target = open();
    expect(await owned(target, uploads(`${NOBODY}/files/1`, `${NOBODY}/files/2`))).toBe(true);
    await using allowing = new TusTarget({
      ...{ ...connection, endpoint: new URL(`${NOBODY}/files`) },
      allowPrivateRedirects: true,
    });
    expect(await owned(allowing, uploads('http://127.0.0.1:10/files/1'))).toBe(true);
  });

  it('goes on at another host once the server itself has sent an upload there in this run', async () => {
    const elsewhere = { answer: { status: 201, headers: { location: 'https://8.8.8.8/files/1' } } };
    await using stage = await TusStage.open(await TusNodeFarEnd.open(), onNth('POST', { 1: elsewhere }));
    await using target = stage.client();
    expect(await owned(target, uploads('https://8.8.8.8/files/1'))).toBe(false);
    const file = { name: 'in/film', sizeBytes: 1, sha256: '0'.repeat(64), contentType: 'video/mp4' };
    const upload = await target.begin(file, signal, { partBytes: 1, senderCount: 1 });
    expect(await owned(target, upload)).toBe(true);
    expect(await owned(target, uploads('https://8.8.4.4/files/1'))).toBe(false);
  });

  it.each<Record>([
    ['a public server', uploads('https://8.8.8.8/files/1')],
    ['a public server, in the second place', uploads(`${NOBODY}/files/1`, 'https://8.8.8.8/files/1')],
    ['another port of this machine', uploads('http://127.0.0.1:10/files/1')],
    ['this machine by its name', uploads('https://localhost/files/1')],
    ['a private network, in the second place', uploads(`${NOBODY}/files/1`, 'https://10.0.0.1/files/1')],
    ['another protocol', uploads('file:///etc/passwd')],
    ['a server without encryption', uploads('http://8.8.8.8/files/1')],
    ['nothing', uploads()],
    ['no list', { uploads: 'elsewhere' }],
    ['another kind of target', { upload: 'upload_1' }],
  ])('does not own a record of %s', async (_, upload) => {
    await using target = open();
    expect(await owned(target, upload)).toBe(false);
  });
});

describe('Supabase', () => {
  const open = () =>
    new SupabaseTarget({ ...connection, projectUrl: new URL(NOBODY), key: apiKey, bucket: 'b', prefix: '' });

  it('goes on with an upload of its project', async () => {
    await using target = open();
    expect(await owned(target, uploads(`${NOBODY}/storage/v1/upload/resumable/YWJj`))).toBe(true);
  });

  it.each<Record>([
    ['an object', uploads(`${NOBODY}/storage/v1/object/b/film`)],
    ['an object behind dots', uploads(`${NOBODY}/storage/v1/upload/resumable/../../object/b`)],
    ['where uploads begin', uploads(`${NOBODY}/storage/v1/upload/resumable/`)],
    ['another port of this machine', uploads('http://127.0.0.1:10/storage/v1/upload/resumable/YWJj')],
  ])('does not own a record of %s', async (_, upload) => {
    await using target = open();
    expect(await owned(target, upload)).toBe(false);
  });
});

describe('Gemini', () => {
  const file = `files/${ID}`;
  const open = (server: GeminiServer, allowPrivateRedirects = false) =>
    new GeminiTarget({ ...connection, apiKey, baseUrl: new URL(server.origin), allowPrivateRedirects });
  const listen = () => new GeminiServer({ apiKey, now: Date.now }).listen();

  it('goes on at its own server and at the one that Google names, and elsewhere where that is allowed', async () => {
    await using server = await listen();
    await using target = open(server);
    await using allowing = open(server, true);
    expect(await owned(target, { file, url: `${server.origin}/upload/v1beta/files?upload_id=1` })).toBe(true);
    const atGoogle = 'https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id=1';
    expect(await owned(target, { file, url: atGoogle })).toBe(true);
    expect(await owned(allowing, { file, url: 'http://127.0.0.1:9/upload' })).toBe(true);
  });

  it.each<Record>([
    ['another server', { file, url: 'https://8.8.8.8/upload/v1beta/files' }],
    ['Google without encryption', { file, url: 'http://generativelanguage.googleapis.com/upload/v1beta/files' }],
    ['a host that begins as Google', { file, url: 'https://generativelanguage.googleapis.com.example/' }],
    ['no address', { file, url: 'elsewhere' }],
  ])('does not own a record of %s', async (_, upload) => {
    await using server = await listen();
    await using target = open(server);
    expect(await owned(target, upload)).toBe(false);
  });

  it.each(['files/abc', `files/${ID}/../x`, 'models/x', `files/${ID.toUpperCase()}x`, ''])(
    'does not own a file called "%s"',
    async (name) => {
      await using server = await listen();
      await using target = open(server);
      expect(await owned(target, { file: name, url: `${server.origin}/upload` })).toBe(false);
    },
  );

  it('does not own what has come to be another file', async () => {
    await using server = await listen();
    await using target = open(server);
    server.addForeign(ID, 4);
    expect(await owned(target, { file, url: `${server.origin}/upload` })).toBe(false);
  });
});

describe('OpenAI', () => {
  const open = (server: OpenaiServer) =>
    new OpenaiTarget({ ...connection, apiKey, baseUrl: server.baseUrl, purpose: 'user_data' });
  const listen = () => new OpenaiServer({ apiKey, now: Date.now }).listen();
  const own = { upload: 'upload_abc123', expiresAtMs: '1700000000000', createdAt: '1700000000' };

  it.each<readonly [RemoteUpload, boolean]>([
    [own, true],
    [{ ...own, upload: '../files/file-1' }, false],
    [{ ...own, upload: 'upload_1/../../files' }, false],
    [{ ...own, upload: 'upload_1?x=' }, false],
    [{ ...own, upload: '' }, false],
    [{ ...own, upload: 'a'.repeat(129) }, false],
    [{ ...own, expiresAtMs: 'never' }, false],
    [{ ...own, createdAt: 'long ago' }, false],
    [{ upload: own.upload }, false],
  ])('of the record %j it says %s', async (upload, isOwn) => {
    await using server = await listen();
    await using target = open(server);
    expect(await owned(target, upload)).toBe(isOwn);
    const planted = { ...recorded, receipts: [{ index: 0, tag: '../uploads' }] };
    expect(await owned(target, upload, planted)).toBe(false);
  });

  it('goes on with its own file that came in one request, and not with that of another name', async () => {
    await using server = await listen();
    await using target = open(server);
    for (const [filename, isOwn] of [
      ['in_film', true],
      ['taxes.pdf', false],
    ] as const) {
      const receipts = [{ index: 0, tag: server.addForeign(filename, 4) }];
      expect(await owned(target, {}, { ...recorded, receipts })).toBe(isOwn);
    }
    expect(await owned(target, {}, { ...recorded, receipts: [{ index: 0, tag: 'file-gone' }] })).toBe(true);
  });

  it('knows its own file where the store keeps a name as the form had it', async () => {
    await using server = await listen();
    await using target = open(server);
    const receipts = [{ index: 0, tag: server.addForeign('a%22b', 4) }];
    expect(await owned(target, {}, { name: 'a"b', receipts })).toBe(true);
  });
});

describe('Kimi', () => {
  const open = (server: KimiServer) =>
    new KimiTarget({
      ...{ ...connection, apiKey, baseUrl: server.baseUrl, purpose: 'file-extract', keepFiles: true },
      outputFolder: '/',
    });
  const listen = () => new KimiServer({ apiKey, now: Date.now }).listen();

  it.each<readonly [string, readonly string[], boolean]>([
    [ID, [], true],
    ['1', [], false],
    [`${ID}/..`, [], false],
    [ID, ['../files'], false],
  ])('of the upload %s with the files %j it says otherwise than of another', async (upload, tags, isOwn) => {
    await using server = await listen();
    await using target = open(server);
    const receipts = tags.map((tag, index) => ({ index, tag }));
    expect(await owned(target, { upload }, { ...recorded, receipts })).toBe(isOwn);
  });

  it('does not own a file of another name', async () => {
    await using server = await listen();
    await using target = open(server);
    const receipts = [{ index: 0, tag: server.addForeign('taxes.pdf', 4) }];
    expect(await owned(target, { upload: ID }, { ...recorded, receipts })).toBe(false);
    expect(server.files.size).toBe(1);
  });
});
