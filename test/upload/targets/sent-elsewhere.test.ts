import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GeminiTarget } from '../../../src/upload/targets/gemini/gemini-target.js';
import { KimiTarget } from '../../../src/upload/targets/kimi/kimi-target.js';
import { OpenaiTarget } from '../../../src/upload/targets/openai/openai-target.js';
import { objectIdText } from '../../../src/upload/targets/s3/object-id.js';
import { S3Target } from '../../../src/upload/targets/s3/s3-target.js';
import { SupabaseTarget } from '../../../src/upload/targets/tus/supabase-target.js';
import { TusTarget } from '../../../src/upload/targets/tus/tus-target.js';
import type { UploadTarget } from '../../../src/upload/upload-target.js';

const { signal } = new AbortController();
const file = { name: 'a.pdf', sizeBytes: 10_000_000, sha256: 'a'.repeat(64), contentType: 'application/pdf' };
const division = { partBytes: 5_242_880, senderCount: 1 };
const expected = { sizeBytes: 1, sha256: 'a'.repeat(64) };
const connection = { connectionCount: 1, timeoutMs: 5000, allowPrivateRedirects: false };
const key = { apiKey: 'canary-key' };

let inside: Server;
let outside: Server;
let insideCount: number;
let outsideCount: number;

beforeEach(async () => {
  insideCount = 0;
  outsideCount = 0;
  inside = createServer((_, response) => response.end('{}'));
  inside.on('connection', () => (insideCount += 1));
  outside = createServer((request, response) => {
    outsideCount += 1;
    request.resume();
    response.writeHead(307, { location: originOf(inside), 'x-goog-upload-url': originOf(inside) }).end();
  });
  for (const server of [inside, outside]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
});

afterEach(async () => {
  for (const server of [inside, outside]) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Every sort of target, at a server that answers everything with a redirect. */
const TARGETS: readonly (readonly [string, (url: URL) => UploadTarget])[] = [
  ['Gemini', (baseUrl) => new GeminiTarget({ ...connection, ...key, baseUrl })],
  [
    'OpenAI',
    (baseUrl) => new OpenaiTarget({ ...connection, ...key, baseUrl, purpose: 'user_data', wholeUpToBytes: 1 }),
  ],
  [
    'Kimi',
    (baseUrl) =>
      new KimiTarget({ ...connection, ...key, baseUrl, purpose: 'file-extract', keepFiles: true, outputFolder: '/' }),
  ],
  ['tus', (endpoint) => new TusTarget({ ...connection, endpoint, headers: { authorization: 'Bearer canary-key' } })],
  [
    'Supabase',
    (projectUrl) => new SupabaseTarget({ ...connection, projectUrl, key: 'canary-key', bucket: 'b', prefix: '' }),
  ],
  [
    'S3',
    (endpoint) =>
      new S3Target({
        ...{ ...connection, endpoint, bucket: 'bucket', prefix: '', region: 'us-east-1', checksums: 'compatible' },
        credentials: { accessKeyId: 'canary', secretAccessKey: 'canary-key' },
      }),
  ],
];

describe('A server that sends on to an address inside', () => {
  it.each(TARGETS)('is not followed by %s, whatever is asked, and the key goes nowhere', async (_, open) => {
    await using target = open(new URL(originOf(outside)));
    const known = { address: '', id: idFor(target) };
    const asked: readonly (() => Promise<unknown> | undefined)[] = [
      () => target.check(signal),
      () => target.begin(file, signal, division),
      () => target.confirm(known, expected, signal),
      () => target.remove?.(known, signal),
    ];
    for (const ask of asked) {
      const message = await errorOf(ask);
      if (message !== undefined) expect(message).not.toContain('canary-key');
    }
    expect(outsideCount).toBeGreaterThanOrEqual(3);
    expect(insideCount).toBe(0);
  });

  it('is not believed by Gemini where a session says so, with a name or a number', async () => {
    const baseUrl = new URL(originOf(outside));
    await using target = new GeminiTarget({ ...connection, ...key, baseUrl });
    for (const url of [originOf(inside), originOf(inside).replace('127.0.0.1', 'localhost'), 'https://10.0.0.1/']) {
      const upload = { url, file: 'files/x' };
      const refused = { code: 'STORE_REFUSED' };
      await expect(target.held(upload, { file, receipts: [] }, signal)).rejects.toMatchObject(refused);
      await expect(target.abort(upload, signal)).rejects.toMatchObject(refused);
    }
    expect(insideCount).toBe(0);
  });
});

/** What it fails with. */
async function errorOf(work: () => Promise<unknown> | undefined): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'no error';
  }
}

/** An id as the target has it. */
function idFor(target: UploadTarget): string {
  if (target.id.startsWith('gemini:')) return 'files/x';
  if (target.id.startsWith('tus+')) return originOf(outside);
  return target.id.startsWith('s3:') ? objectIdText({ key: 'k' }) : 'file-1';
}
