import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { startLine } from '../../../src/bench/upload/line-proxy.js';
import type { S3TargetOptions } from '../../../src/upload/targets/s3/s3-options.js';
import type { UploadedFile } from '../../../src/upload/uploaded-file.js';
import { type FaultProxy, type HttpFault, type HttpFaults, onNth, startFaultProxy } from '../servers/fault-proxy.js';
import { errorDocument } from '../servers/s3-documents.js';
import { testRun, type TestRunOptions } from '../upload-run.js';
import { ProtocolS3FarEnd } from './protocol-s3-far-end.js';
import { SMALL_PART_BYTES, SmallPartsS3 } from './small-parts-s3.js';

const PART_BYTES = SMALL_PART_BYTES;
const SIZE = 4 * PART_BYTES + 1000;
const PARTS = 5;
/** Of one request. */
const MOST_HEADER_BYTES = 2048;

interface FaultyUpload {
  readonly file: UploadedFile | undefined;
  readonly notes: string;
  /** What the store has in the end. */
  readonly stored: Buffer | undefined;
  readonly content: Buffer;
  readonly proxy: FaultProxy;
  readonly unfinishedCount: number;
}

function optionsAt(origin: string): S3TargetOptions {
  return {
    ...{ bucket: 'bucket', prefix: 'chats', region: 'us-east-1', endpoint: new URL(origin) },
    credentials: { accessKeyId: 'KEY', secretAccessKey: 'canary-secret' },
    ...{ checksums: 'aws', connectionCount: 3, timeoutMs: 10_000 },
  };
}

/** Sends a file of five parts, one at a time, to a store with the sums and conditions of AWS, on a line with faults. */
async function uploadWith(faults: HttpFaults, choices: Partial<TestRunOptions> = {}): Promise<FaultyUpload> {
  await using farEnd = await ProtocolS3FarEnd.start();
  await using proxy = await startFaultProxy({ serverPort: Number(farEnd.store.endpoint.port), faults });
  await using target = new SmallPartsS3(optionsAt(proxy.origin));
  const folder = mkdtempSync(join(tmpdir(), 'chatferry-s3-faults-'));
  try {
    const content = randomBytes(SIZE);
    const path = join(folder, 'film.mp4');
    writeFileSync(path, content);
    using test = await testRun({ target, folder, most: 1, chosenPartBytes: PART_BYTES, ...choices });
    const [file] = await test.upload([{ path, name: 'film.mp4' }]);
    const stored = farEnd.store.objects.get('chats/film.mp4')?.body;
    return {
      ...{ file, stored, content, proxy, notes: test.notes.join('\n') },
      unfinishedCount: await farEnd.unfinishedCount(),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How often parts were announced. */
function partCount({ proxy }: FaultyUpload): number {
  return proxy.requests.filter(({ method }) => method === 'PUT').length;
}

function expectWhole(upload: FaultyUpload): void {
  expect(upload.file).toMatchObject({ state: 'uploaded', confirmedBy: 'sha256-parts' });
  expect(upload.stored?.equals(upload.content)).toBe(true);
  expect(upload.unfinishedCount).toBe(0);
}

function answer(status: number, code: string, headers: Record<string, string> = {}): HttpFault {
  return { answer: { status, headers, body: errorDocument(code) } };
}

it.each([
  [408, 'RequestTimeout'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  [502, 'BadGateway'],
  [503, 'SlowDown'],
  [504, 'GatewayTimeout'],
])('sends a part again after status %d, and no other', async (status, code) => {
  const upload = await uploadWith(onNth('PUT', { 2: answer(status, code) }));
  expectWhole(upload);
  expect(upload.notes).toContain('part 2 of 5');
  expect(partCount(upload)).toBe(PARTS + 1);
});

it('keeps the pause that is ordered', async () => {
  const upload = await uploadWith(onNth('PUT', { 2: answer(429, 'SlowDown', { 'retry-after': '7' }) }));
  expectWhole(upload);
  expect(upload.notes).toMatch(/Trying again in (7|8) s/);
});

it.each(['before', 1, 100, PART_BYTES - 1, 'after'] as const)(
  'sends a part again that was cut at %s, once for each cut',
  async (reset) => {
    const upload = await uploadWith(onNth('PUT', { 2: { reset }, 5: { reset } }));
    expectWhole(upload);
    expect(partCount(upload)).toBe(PARTS + 2);
  },
);

it.each([
  ['POST', 1],
  ['POST', 2],
  ['HEAD', 1],
  ['HEAD', 2],
])('goes on when the answer to %s number %d does not arrive, and sends no part twice', async (method, number) => {
  const upload = await uploadWith(onNth(method, { [number]: { reset: 'after' } }));
  expect(upload.file).toMatchObject({ state: 'uploaded' });
  expect(upload.stored?.equals(upload.content)).toBe(true);
  expect(partCount(upload)).toBe(PARTS);
  expect(upload.proxy.faultCount).toBe(1);
});

it('completes again after 409, which says that another request was in the way', async () => {
  const upload = await uploadWith(onNth('POST', { 2: answer(409, 'ConditionalRequestConflict') }));
  expectWhole(upload);
  expect(partCount(upload)).toBeLessThanOrEqual(2 * PARTS);
});

it('starts over in the same run, and says so, where the upload is gone', async () => {
  const upload = await uploadWith(onNth('PUT', { 3: answer(404, 'NoSuchUpload') }));
  expectWhole(upload);
  expect(upload.notes).toMatch(/film\.mp4: .*no longer has the unfinished upload\. It starts over\./);
});

it('leaves what came to be there meanwhile, and refuses with a reason after 412', async () => {
  const upload = await uploadWith(({ method, path }) =>
    method === 'POST' && path.includes('uploadId=') ? answer(412, 'PreconditionFailed') : undefined,
  );
  expect(upload.file).toMatchObject({ state: 'failed' });
  expect(upload.file?.state === 'failed' ? upload.file.reason : '').toMatch(/something else was put at/);
  expect(upload.stored).toBeUndefined();
});

it.each([
  [410, 'Gone'],
  [403, 'AccessDenied'],
  [400, 'EntityTooLarge'],
])('refuses a file for good with a reason after %d, and asks once', async (status, code) => {
  const upload = await uploadWith(onNth('PUT', { 1: answer(status, code) }));
  expect(upload.file).toMatchObject({ state: 'failed', code: 'STORE_REFUSED' });
  expect(upload.file?.state === 'failed' ? upload.file.reason : '').toContain(`answered ${status} (${code})`);
  expect(upload.proxy.faultCount).toBe(1);
  expect(partCount(upload)).toBe(1);
});

const page = { answer: { status: 200, body: '<html>Log in</html>' } };

it.each<readonly [string, HttpFaults]>([
  ['when it begins', onNth('POST', { 1: page })],
  ['for a part', onNth('PUT', { 2: page })],
  ['when it completes', onNth('POST', { 2: page })],
])('does not believe a page that is answered with 200 %s', async (_, faults) => {
  const upload = await uploadWith(faults);
  expect(upload.proxy.faultCount).toBe(1);
  expect(upload.file).toMatchObject({ state: 'uploaded' });
  expect(upload.stored?.equals(upload.content)).toBe(true);
});

it('does not believe an error that is answered with 200 for a part', async () => {
  const upload = await uploadWith(onNth('PUT', { 2: { answer: { status: 200, body: errorDocument('SlowDown') } } }));
  expect(upload.file).toMatchObject({ state: 'uploaded' });
  expect(upload.stored?.equals(upload.content)).toBe(true);
});

it.each([
  [80_000, 1],
  [150_000, 3],
])('brings a file whole over a line that is cut every %d bytes with %d connections', async (every, most) => {
  await using farEnd = await ProtocolS3FarEnd.start();
  await using line = await startLine({
    port: Number(farEnd.store.endpoint.port),
    fault: () => ({ up: { afterBytes: every, then: 'reset' } }),
  });
  await using target = new SmallPartsS3(optionsAt(`http://127.0.0.1:${line.port}`));
  const folder = mkdtempSync(join(tmpdir(), 'chatferry-s3-cuts-'));
  try {
    const content = randomBytes(2 * SIZE);
    const path = join(folder, 'film.mp4');
    writeFileSync(path, content);
    using test = await testRun({ target, folder, most, maxRetries: 10, chosenPartBytes: PART_BYTES });
    const [file] = await test.upload([{ path, name: 'film.mp4' }]);
    expect(file).toMatchObject({ state: 'uploaded', confirmedBy: 'sha256-parts' });
    expect(farEnd.store.objects.get('chats/film.mp4')?.body.equals(content)).toBe(true);
    const cutCount = Math.floor(line.upBytes / every);
    expect(cutCount).toBeGreaterThanOrEqual(2);
    const headers = MOST_HEADER_BYTES * (line.connectionCount + 60);
    expect(line.upBytes).toBeLessThanOrEqual(content.length + cutCount * PART_BYTES + headers);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
