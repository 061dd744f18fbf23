import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Upload } from 'tus-js-client';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { startTusServer, type TusServer, type TusServerOptions } from '../../../src/simulator/tus/tus-server.js';

const TOKEN = 'a-token';
const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
const TUS = { ...AUTHORIZED, 'tus-resumable': '1.0.0' };

let folder: string;
let server: TusServer | undefined;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'chatferry-tus-server-')));
});

afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<TusServerOptions> = {}): Promise<TusServer> {
  server = await startTusServer({ folder, token: TOKEN, ...options });
  return server;
}

/** Uploads with the reference client. */
function upload(bytes: Buffer, { endpoint }: TusServer, options: object = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const client = new Upload(bytes, {
      endpoint: endpoint.href,
      headers: AUTHORIZED,
      chunkSize: 100_000,
      retryDelays: null,
      storeFingerprintForResuming: false,
      onError: reject,
      onSuccess: () => {
        resolve(client.url ?? '');
      },
      ...options,
    });
    client.start();
  });
}

async function create({ endpoint }: TusServer, sizeBytes: number, headers: object = {}): Promise<string> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: { ...TUS, 'upload-length': String(sizeBytes), ...headers },
  });
  return new URL(answer.headers.get('location') ?? '', endpoint).href;
}

function patch(url: string, offset: number, body: Buffer | string, headers: object = {}): Promise<Response> {
  return fetch(url, {
    method: 'PATCH',
    headers: {
      ...TUS,
      'upload-offset': String(offset),
      'content-type': 'application/offset+octet-stream',
      ...headers,
    },
    body,
  });
}

async function offsetAt(url: string): Promise<string | null> {
  return (await fetch(url, { method: 'HEAD', headers: TUS })).headers.get('upload-offset');
}

it.each([1, 3])('accepts a file of the reference client in %d concurrent uploads, and returns it', async (parallel) => {
  const bytes = randomBytes(1_234_567);
  const url = await upload(bytes, await start(), { parallelUploads: parallel });
  const answer = await fetch(url, { headers: AUTHORIZED });
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
});

it('refuses requests without the token, and listens on loopback only', async () => {
  const { endpoint } = await start();
  expect(endpoint.hostname).toBe('127.0.0.1');
  for (const headers of [{}, { authorization: 'Bearer another' }, { authorization: TOKEN }]) {
    const answer = await fetch(endpoint, { method: 'POST', headers: { ...headers, 'upload-length': '1' } });
    expect(answer.status).toBe(401);
  }
  expect(readdirSync(folder)).toEqual([]);
});

it('discards bytes with a wrong checksum, and accepts the right ones', async () => {
  const url = await create(await start(), 6);
  const right = createHash('sha256').update('abcdef').digest('base64');
  expect((await patch(url, 0, 'abcdeX', { 'upload-checksum': `sha256 ${right}` })).status).toBe(460);
  expect(await offsetAt(url)).toBe('0');
  expect((await patch(url, 0, 'abcdef', { 'upload-checksum': `sha256 ${right}` })).status).toBe(204);
  expect((await patch(url, 6, '', { 'upload-checksum': 'crc9 AAAA' })).status).toBe(400);
});

it('refuses another offset, too many bytes, and another version of the protocol', async () => {
  const running = await start({ largestFileBytes: 10 });
  const url = await create(running, 4);
  expect((await patch(url, 2, 'ab')).status).toBe(409);
  expect((await patch(url, 0, 'abcde')).status).toBe(413);
  expect((await fetch(url, { method: 'HEAD', headers: AUTHORIZED })).status).toBe(412);
  const tooLarge = await fetch(running.endpoint, { method: 'POST', headers: { ...TUS, 'upload-length': '11' } });
  expect(tooLarge.status).toBe(413);
});

it('expires an unfinished upload, and keeps a finished one', async () => {
  let now = Date.UTC(2026, 0, 1);
  const running = await start({ uploadLifeMs: 60_000, now: () => now });
  const [unfinished, finished] = [await create(running, 2), await create(running, 2)];
  const answer = await patch(unfinished, 0, 'a');
  expect(answer.headers.get('upload-expires')).toBe('Thu, 01 Jan 2026 00:01:00 GMT');
  await patch(finished, 0, 'ab');
  now += 60_000;
  expect((await patch(unfinished, 1, 'b')).status).toBe(410);
  expect(await (await fetch(finished, { headers: AUTHORIZED })).text()).toBe('ab');
});

it('removes an upload with its bytes', async () => {
  const running = await start();
  const url = await create(running, 2);
  expect((await fetch(url, { method: 'DELETE', headers: TUS })).status).toBe(204);
  expect((await fetch(url, { method: 'HEAD', headers: TUS })).status).toBe(404);
  expect(readdirSync(folder)).toEqual([]);
});

it('concatenates only complete partial uploads', async () => {
  const running = await start();
  const partial = await create(running, 2, { 'upload-concat': 'partial' });
  const final = () =>
    fetch(running.endpoint, { method: 'POST', headers: { ...TUS, 'upload-concat': `final;${partial} ${partial}` } });
  expect((await final()).status).toBe(400);
  await patch(partial, 0, 'ab');
  const answer = await final();
  const url = new URL(answer.headers.get('location') ?? '', running.endpoint).href;
  expect(await (await fetch(url, { headers: AUTHORIZED })).text()).toBe('abab');
  expect((await patch(url, 4, '')).status).toBe(403);
});

it('neither announces nor performs disabled extensions', async () => {
  const running = await start({ extensions: ['termination'] });
  const offer = await fetch(running.endpoint, { method: 'OPTIONS', headers: AUTHORIZED });
  expect(offer.headers.get('tus-extension')).toBe('creation,termination');
  const url = await create(running, 2, { 'upload-concat': 'final;/files/a' });
  expect(url).toBe(running.endpoint.href);
});
