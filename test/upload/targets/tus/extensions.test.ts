import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

import { FileStore } from '@tus/file-store';
import { expect, it } from 'vitest';

import type { TusExtension } from '../../../../src/simulator/tus/tus-uploads.js';
import { planParts } from '../../../../src/upload/parts/part-plan.js';
import { startTusNodeServer } from '../../servers/tus-server.js';
import { type HttpFault, type HttpFaults, onNth } from '../../servers/fault-proxy.js';
import { FullTusFarEnd, TusNodeFarEnd } from './far-ends.js';
import { PART_BYTES, TusStage } from './tus-stage.js';

const SIZE = 6 * PART_BYTES + 1000;
const HOUR_MS = 3_600_000;
const never = new AbortController().signal;

async function expiring(faults?: HttpFaults): Promise<TusStage<TusNodeFarEnd>> {
  return TusStage.open(new TusNodeFarEnd(await startTusNodeServer({ expiresAfterMs: HOUR_MS })), faults);
}

async function full(faults?: HttpFaults, extensions?: readonly TusExtension[]): Promise<TusStage<FullTusFarEnd>> {
  return TusStage.open(await FullTusFarEnd.open(extensions), faults);
}

const unavailable: HttpFault = { answer: { status: 503 } };

it('ends a session when the server says that the upload expires', async () => {
  await using stage = await expiring(onNth('PATCH', { 2: unavailable }));
  const begunMs = Date.now();
  await stage.upload(stage.make(SIZE), { maxRetries: 0 });
  const [session] = stage.sessions;
  expect(session?.status).toBe('failed');
  // The header has whole seconds, and both clocks are read.
  expect(Math.abs((session?.expiresAtMs ?? 0) - begunMs - HOUR_MS)).toBeLessThan(20_000);
});

it('goes by its own clock when the server has another', async () => {
  const ahead: HttpFault = {
    turn: ({ headers, ...answer }) => ({
      ...answer,
      headers: {
        ...headers,
        date: new Date(Date.now() + 100 * HOUR_MS).toUTCString(),
        'upload-expires': new Date(Date.now() + 101 * HOUR_MS).toUTCString(),
      },
    }),
  };
  await using stage = await expiring(({ method, methodNumber }) =>
    method === 'POST' ? ahead : methodNumber === 2 && method === 'PATCH' ? unavailable : undefined,
  );
  await stage.upload(stage.make(SIZE), { maxRetries: 0, now: () => Date.now() });
  expect(Math.abs((stage.sessions[0]?.expiresAtMs ?? 0) - Date.now() - HOUR_MS)).toBeLessThan(20_000);
});

it('starts over, and says so, when the server has let the upload expire', async () => {
  await using stage = await expiring(onNth('PATCH', { 2: unavailable }));
  const item = stage.make(SIZE);
  await stage.upload(item, { maxRetries: 0 });
  for (const { path } of stage.farEnd.server.uploads()) {
    const info = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as object;
    writeFileSync(`${path}.json`, JSON.stringify({ ...info, creation_date: new Date(Date.now() - 2 * HOUR_MS) }));
  }
  const { file, notes } = await stage.upload(item);
  expect(notes).toMatch(/film\.mp4: tus\+http\S+ no longer has the unfinished upload\. It starts over\./);
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
});

it('finds that the reference file store lets finished uploads expire, too: the next run sends them again', async () => {
  await using stage = await expiring();
  const item = stage.make(1000);
  await stage.upload(item);
  const [stored] = stage.farEnd.server.uploads();
  const info = JSON.parse(readFileSync(`${stored?.path ?? ''}.json`, 'utf8')) as object;
  writeFileSync(
    `${stored?.path ?? ''}.json`,
    JSON.stringify({ ...info, creation_date: new Date(Date.now() - 2 * HOUR_MS) }),
  );
  const directory = (stored?.path ?? '').slice(0, -basename(stored?.path ?? '').length);
  expect(await new FileStore({ directory, expirationPeriodInMilliseconds: HOUR_MS }).deleteExpired()).toBe(1);
  expect((await stage.upload(item)).file).toMatchObject({ state: 'uploaded' });
});

it('takes an unfinished upload away, one that is gone already, and one in several', async () => {
  await using stage = await full();
  await using target = stage.client();
  await target.check(never);
  const file = { name: 'a', sizeBytes: SIZE, sha256: '0'.repeat(64), contentType: 'text/plain' };
  const remote = await target.begin(file, never, { partBytes: PART_BYTES, senderCount: 3 });
  expect(stage.farEnd.server.uploads.all).toHaveLength(3);
  await target.abort(remote, never);
  await target.abort(remote, never);
  expect(stage.farEnd.server.uploads.all).toEqual([]);
});

it('leaves what it cannot take away to the server that has no termination', async () => {
  await using stage = await full(undefined, ['expiration']);
  await using target = stage.client();
  await target.check(never);
  const file = { name: 'a', sizeBytes: 1, sha256: '0'.repeat(64), contentType: 'text/plain' };
  await target.abort(await target.begin(file, never, { partBytes: 1, senderCount: 1 }), never);
  expect(stage.methods()).not.toContain('DELETE');
});

it.each([
  ['sha256, before others', 'md5,sha1,sha256', 'sha256'],
  ['sha1, which every such server knows', 'sha1,crc32', 'sha1'],
  ['md5', 'md5', 'md5'],
])('sends the checksum of each part in %s', async (_, offered, algorithm) => {
  const offer: HttpFault = {
    turn: (answer) => ({ ...answer, headers: { ...answer.headers, 'tus-checksum-algorithm': offered } }),
  };
  await using stage = await full(({ method }) => (method === 'OPTIONS' ? offer : undefined));
  const item = stage.make(2 * PART_BYTES + 10);
  const { file } = await stage.upload(item);
  expect(file.state).toBe('uploaded');
  const sent = stage.proxy.requests.flatMap(({ headers }) => headers['upload-checksum'] ?? []);
  const ends = [0, PART_BYTES, 2 * PART_BYTES];
  const wanted = ends.map((end) =>
    createHash(algorithm)
      .update(item.content.subarray(end, end + PART_BYTES))
      .digest('base64'),
  );
  expect(sent).toEqual(wanted.map((value) => `${algorithm} ${value}`));
});

it('sends no checksum where none is offered', async () => {
  await using stage = await full(undefined, ['termination']);
  await stage.upload(stage.make(SIZE));
  expect(stage.proxy.requests.some(({ headers }) => 'upload-checksum' in headers)).toBe(false);
});

it('sends a part again that came damaged', async () => {
  await using stage = await full();
  await using target = stage.client();
  await target.check(never);
  const bytes = Buffer.from('the right bytes');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = { name: 'a', sizeBytes: bytes.length, sha256, contentType: 'text/plain' };
  const remote = await target.begin(file, never, { partBytes: bytes.length, senderCount: 1 });
  const part = (body: string) => ({
    ...{ index: 0, offset: 0, sizeBytes: bytes.length, isLast: true, sha256, md5: '' },
    digest: () => Promise.resolve(''),
    // eslint-disable-next-line @typescript-eslint/require-await -- The body of a part is a stream.
    async *body() {
      yield Buffer.from(body);
    },
  });
  const damaged = target.sendPart(remote, { part: part('the wrong bytes'), file }, never);
  await expect(damaged).rejects.toMatchObject({ code: 'CONTENT_MISMATCH', retryable: true });
  expect(await target.held(remote, { file, receipts: [] }, never)).toEqual({ kind: 'offset', offset: 0 });
  await target.sendPart(remote, { part: part('the right bytes'), file }, never);
  expect(stage.farEnd.server.uploads.all[0]?.isComplete).toBe(true);
});

it('sends a large file in several uploads side by side, and has the server make one of them', async () => {
  await using stage = await full();
  const item = stage.make(SIZE);
  const { file } = await stage.upload(item, { most: 3 });
  expect(file).toMatchObject({ state: 'uploaded', confirmedBy: 'size' });
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
  const { all } = stage.farEnd.server.uploads;
  expect(all.map(({ concat, sizeBytes }) => `${concat.slice(0, 7)} ${sizeBytes}`).sort()).toEqual([
    `final;h ${SIZE}`,
    'partial 1000',
    `partial ${3 * PART_BYTES}`,
    `partial ${3 * PART_BYTES}`,
  ]);
  expect(all.at(-1)?.metadata).toMatch(/^filename /);
});

it.each<readonly [string, { readonly most: number; readonly percent?: number }, number]>([
  ['one part at a time', { most: 1 }, SIZE],
  ['on the sequential path', { most: 3, percent: 0 }, SIZE],
  ['with fewer than two parts each', { most: 3 }, 3 * PART_BYTES],
])('does not divide a file that is sent %s', async (_, choices, size) => {
  await using stage = await full();
  const { file } = await stage.upload(stage.make(size), choices);
  expect(file.state).toBe('uploaded');
  expect(stage.farEnd.server.uploads.all.map(({ concat }) => concat)).toEqual(['']);
});

it('asks each of several uploads what it has, and goes on with all of them', async () => {
  let isSecondRun = false;
  await using stage = await full(({ method, methodNumber }) =>
    method === 'PATCH' && methodNumber >= 4 && !isSecondRun ? unavailable : undefined,
  );
  const item = stage.make(SIZE);
  expect((await stage.upload(item, { most: 3, maxRetries: 0 })).file.state).toBe('failed');
  isSecondRun = true;
  const before = stage.proxy.requests.length;
  const held = stage.farEnd.server.uploads.all.reduce((sum, { offset }) => sum + offset, 0);
  const { file, notes } = await stage.upload(item, { most: 3 });
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
  expect(notes).toBe('');
  const later = stage.proxy.requests.slice(before);
  expect(later.slice(1, 4).map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'HEAD']);
  const sent = later.filter(({ method }) => method === 'PATCH');
  expect(sent.reduce((sum, { headers }) => sum + Number(headers['content-length']), 0)).toBe(SIZE - held);
});

it('starts over when one of several uploads is gone, and takes the others away', async () => {
  await using stage = await full(onNth('PATCH', { 4: unavailable, 5: unavailable, 6: unavailable }));
  const item = stage.make(SIZE);
  await stage.upload(item, { most: 3, maxRetries: 0 });
  const { uploads } = stage.farEnd.server;
  const [first] = uploads.all;
  if (first !== undefined) await uploads.remove(first);
  const others = uploads.all;
  const { file, notes } = await stage.upload(item, { most: 3 });
  expect(notes).toContain('It starts over.');
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
  expect(uploads.all.filter((upload) => others.includes(upload))).toEqual([]);
});

it('starts over when the server has lost a part by the time that one file is made of them', async () => {
  await using stage = await full(({ headers, method }) =>
    method === 'POST' && String(headers['upload-concat']).startsWith('final') && !stageIsOver()
      ? { answer: { status: 410 } }
      : undefined,
  );
  let refusals = 0;
  function stageIsOver(): boolean {
    refusals += 1;
    return refusals > 1;
  }
  const item = stage.make(SIZE);
  const { file, notes } = await stage.upload(item, { most: 3 });
  expect(notes).toMatch(/gave up parts of it\. It starts over\./);
  expect((await stage.bytesOf(file))?.equals(item.content)).toBe(true);
});

it('waits until a file is made of its parts: until then, the server does not say how long it is', async () => {
  const making: HttpFault = {
    turn: ({ headers, ...answer }) => ({ ...answer, headers: { ...headers, 'upload-offset': undefined } }),
  };
  await using stage = await full(onNth('HEAD', { 1: making, 2: making }));
  const { file } = await stage.upload(stage.make(SIZE), { most: 3 });
  expect(file.state).toBe('uploaded');
  expect(stage.methods().filter((method) => method === 'HEAD')).toHaveLength(3);
});

it('takes back the uploads that it could begin when it could not begin all', async () => {
  await using stage = await full(onNth('POST', { 2: { answer: { status: 403 } } }));
  const { file } = await stage.upload(stage.make(SIZE), { most: 3 });
  expect(file).toMatchObject({ state: 'failed', code: 'STORE_REFUSED' });
  expect(stage.farEnd.server.uploads.all).toEqual([]);
});

it('sends larger parts where the server keeps what came of a cut one, and usual ones where it checks each', async () => {
  await using keeping = await TusNodeFarEnd.open();
  await using checking = await FullTusFarEnd.open();
  const partCounts: number[] = [];
  for (const farEnd of [keeping, checking]) {
    await using target = farEnd.open();
    await target.check(never);
    partCounts.push(planParts(100 * 1024 * 1024, target.limits).partCount);
  }
  expect(partCounts).toEqual([2, 10]);
});
