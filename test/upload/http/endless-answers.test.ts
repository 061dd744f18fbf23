import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import { FilesClient } from '../../../src/upload/targets/files-api/files-client.js';
import { GeminiTarget } from '../../../src/upload/targets/gemini/gemini-target.js';
import { S3Target } from '../../../src/upload/targets/s3/s3-target.js';
import { HttpClient } from '../../../src/upload/http/http-client.js';

const { signal } = new AbortController();
const TIMEOUT_MS = 200;
/** Far more than any answer is read to. */
const MOST_SENT_BYTES = 100 * 1024 * 1024;
let server: Server | undefined;
let sentBytes = 0;

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  if (server?.listening === true) await once(server, 'close');
});

async function serve(answer: (url: URL, response: ServerResponse, method: string) => void): Promise<URL> {
  sentBytes = 0;
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      answer(new URL(request.url ?? '/', 'http://server'), response, request.method ?? '');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

function endless(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  const piece = Buffer.alloc(65_536, 'x');
  const write = (): void => {
    while (!response.destroyed && sentBytes < MOST_SENT_BYTES) {
      sentBytes += piece.length;
      if (!response.write(piece)) return;
    }
  };
  response.on('drain', write);
  write();
}

/** Byte by byte, so that it is never silent as long as a timeout. */
function drip(response: ServerResponse, status = 200): void {
  response.writeHead(status);
  const timer = setInterval(() => response.write(' '), TIMEOUT_MS / 4);
  response.on('close', () => {
    clearInterval(timer);
  });
}

function bucketAt(endpoint: URL): S3Target {
  return new S3Target({
    endpoint,
    bucket: 'bucket',
    prefix: '',
    region: 'us-east-1',
    pathStyle: true,
    checksums: 'compatible',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    connectionCount: 2,
    timeoutMs: TIMEOUT_MS,
  });
}

const LARGE = {
  name: 'large',
  sizeBytes: 20_000_000,
  sha256: '0'.repeat(64),
  contentType: 'text/plain',
} as const;

it.each([200, 500])('leaves an answer of S3 with status %i that does not end', async (status) => {
  await using bucket = bucketAt(
    await serve((_url, response, method) => {
      if (method === 'POST') endless(response, status);
      else response.writeHead(404).end();
    }),
  );
  await expect(bucket.begin(LARGE, signal)).rejects.toMatchObject({ code: 'REMOTE_ERROR', retryable: true });
  expect(sentBytes).toBeLessThan(MOST_SENT_BYTES);
});

it('leaves an answer of S3 that comes byte by byte', async () => {
  await using bucket = bucketAt(
    await serve((_url, response, method) => {
      if (method === 'POST') drip(response);
      else response.writeHead(404).end();
    }),
  );
  await expect(bucket.begin(LARGE, signal)).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
});

it('leaves an answer of S3 as soon as the run is stopped', async () => {
  const stop = new AbortController();
  await using bucket = bucketAt(
    await serve((_url, response, method) => {
      if (method !== 'POST') {
        response.writeHead(404).end();
        return;
      }
      drip(response);
      stop.abort(new Error('stopped'));
    }),
  );
  const startedMs = performance.now();
  await expect(bucket.begin(LARGE, stop.signal)).rejects.toThrow();
  expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS * 3);
});

it.each([
  ['the same parts for ever', (asked: number) => String(asked + 1)],
  ['places that lead backwards', () => '1'],
])('gives up a list of parts with %s', async (_what, markerOf) => {
  let asked = 0;
  await using bucket = bucketAt(
    await serve((_url, response) => {
      asked += 1;
      const parts = '<Part><PartNumber>1</PartNumber><Size>5</Size><ETag>"a"</ETag></Part>'.repeat(1000);
      const marker = `<NextPartNumberMarker>${asked === 1 ? '2' : markerOf(asked)}</NextPartNumberMarker>`;
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end(`<ListPartsResult><IsTruncated>true</IsTruncated>${marker}${parts}</ListPartsResult>`);
    }),
  );
  const { host } = new URL(`http://127.0.0.1:${(server?.address() as AddressInfo).port}`);
  const upload = { host, key: 'large', uploadId: 'begun' };
  await expect(bucket.held(upload, { file: LARGE, receipts: [] }, signal)).rejects.toMatchObject({
    code: 'STORE_REFUSED',
  });
  expect(asked).toBeLessThan(20);
});

// To HEAD, it says for ever that it is at work.
it.each(['GET', 'HEAD', 'OPTIONS'] as const)('leaves an answer to %s that does not come to its end', async (method) => {
  const url = await serve((_url, response) => {
    if (method !== 'HEAD') {
      drip(response);
      return;
    }
    const timer = setInterval(() => response.writeProcessing(), TIMEOUT_MS / 4);
    response.on('close', () => {
      clearInterval(timer);
    });
  });
  await using http = new HttpClient({ connectionCount: 1, timeoutMs: TIMEOUT_MS });
  await expect(http.send({ method, url }, signal)).rejects.toMatchObject({ code: 'TIMEOUT' });
});

it('waits for an answer from when a streamed body was sent, not from when it was begun', async () => {
  const url = await serve((_url, response) => {
    response.end('said');
  });
  await using http = new HttpClient({ connectionCount: 1, timeoutMs: TIMEOUT_MS });
  async function* slowly(): AsyncGenerator<Uint8Array, void, void> {
    for (let count = 0; count < 10; count += 1) {
      await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS / 2));
      yield Buffer.from('x');
    }
  }
  expect(await http.send({ method: 'PUT', url, body: slowly() }, signal)).toMatchObject({ text: 'said' });
});

it('reads no more of an error than is shown where a text was asked for', async () => {
  const baseUrl = await serve((_url, response) => {
    endless(response, 500);
  });
  await using files = new FilesClient(
    { baseUrl, apiKey: 'key', connectionCount: 1, timeoutMs: 5000 },
    'OPENAI_API_KEY',
  );
  await expect(files.content('file-1', signal).next()).rejects.toMatchObject({ code: 'REMOTE_ERROR' });
  expect(sentBytes).toBeLessThan(MOST_SENT_BYTES);
});

it.each([
  ['the same file', () => 'file-1'],
  ['other files', (asked: number) => `file-${asked}`],
])('gives up a list that promises more for ever, with %s on every page', async (_what, idOf) => {
  let asked = 0;
  const baseUrl = await serve((_url, response) => {
    asked += 1;
    response.end(JSON.stringify({ data: [{ id: idOf(asked), bytes: 1 }], has_more: true }));
  });
  await using files = new FilesClient(
    { baseUrl, apiKey: 'key', connectionCount: 1, timeoutMs: 5000 },
    'OPENAI_API_KEY',
  );
  const all = async (): Promise<void> => {
    for await (const file of files.list(signal)) expect(file.id).toMatch(/^file-/);
  };
  await expect(all()).rejects.toMatchObject({ code: 'STORE_REFUSED' });
});

it('gives up a list of Gemini whose pages come round again', async () => {
  let asked = 0;
  const baseUrl = await serve((_url, response) => {
    asked += 1;
    response.end(JSON.stringify({ files: [], nextPageToken: asked % 2 === 0 ? 'even' : 'odd' }));
  });
  const options = { baseUrl, apiKey: 'key', connectionCount: 1, timeoutMs: 5000, allowPrivateRedirects: false };
  await using gemini = new GeminiTarget(options);
  await expect(gemini.check(signal)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  expect(asked).toBe(3);
});
