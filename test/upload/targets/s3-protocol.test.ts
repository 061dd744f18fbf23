import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { TargetFacts } from '../../../src/upload/target-facts.js';
import { parseSession } from '../../../src/upload/session/upload-session.js';
import type { UploadTarget } from '../../../src/upload/upload-target.js';
import type { OtherAnswer, ProtocolS3, SeenRequest } from '../servers/protocol-s3.js';
import { errorDocument } from '../servers/s3-documents.js';
import { changedTarget } from './changed-target.js';
import { cutTarget } from './cuts.js';
import type { TargetUnderTest } from './far-end.js';
import { ProtocolS3FarEnd } from './protocol-s3-far-end.js';
import { SMALL_PART_BYTES } from './small-parts-s3.js';
import { SuiteStage } from './suite/suite-stage.js';
import { describeTarget } from './target-suite.js';

const LARGE = 3 * SMALL_PART_BYTES + 1000;
const never = new AbortController().signal;

function under(...args: Parameters<typeof ProtocolS3FarEnd.start>): TargetUnderTest<ProtocolS3FarEnd> {
  return {
    name: 'A bucket with sums',
    partBytes: SMALL_PART_BYTES,
    lacks: ['fill'],
    openFarEnd: () => ProtocolS3FarEnd.start(...args),
  };
}

describeTarget(under());

interface OpenedStage extends AsyncDisposable {
  readonly stage: SuiteStage<ProtocolS3FarEnd>;
  readonly store: ProtocolS3;
}

async function openStage(...args: Parameters<typeof ProtocolS3FarEnd.start>): Promise<OpenedStage> {
  const stage = await SuiteStage.open(under(...args));
  const { store } = stage.farEnd;
  return { stage, store, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

/** Answers so the first times that something is asked. */
function firstTimes(what: string, answers: readonly OtherAnswer[]): (request: SeenRequest) => OtherAnswer | undefined {
  const left = [...answers];
  return (request) => (request.what === what ? left.shift() : undefined);
}

describe('What is sent to S3', () => {
  it('carries storage class and encryption where an object begins, and nowhere else', async () => {
    const keeping = { storageClass: 'STANDARD_IA', encryption: 'aws:kms', kmsKeyId: 'key/1' } as const;
    await using opened = await openStage({}, keeping);
    const { stage, store } = opened;
    const { files } = await stage.upload([stage.make('small', 10), stage.make('large', LARGE)]);
    expect(files).toMatchObject([{ state: 'uploaded' }, { state: 'uploaded' }]);
    const told = store.seen.filter(({ headers }) => 'x-amz-storage-class' in headers);
    expect(told.map(({ what }) => what).sort()).toEqual(['POST uploads', 'PUT object']);
    for (const { headers } of told) {
      expect(headers).toMatchObject({
        'x-amz-storage-class': 'STANDARD_IA',
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'key/1',
      });
    }
  });

  it('is signed with the SHA-256 of every body, and never framed in chunks that other stores refuse', async () => {
    for (const sums of ['rightly', 'never'] as const) {
      await using opened = await openStage({ sums });
      const { stage, store } = opened;
      await stage.upload([stage.make('small', 10), stage.make('large', LARGE)]);
      const bodies = store.seen.filter(({ what, key }) => /PUT/.test(what) && !key.includes('probe'));
      expect(bodies).toHaveLength(5);
      for (const { headers, sizeBytes } of bodies) {
        expect(headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
        expect(headers['content-length']).toBe(String(sizeBytes));
        expect(headers).not.toHaveProperty('x-amz-trailer');
        expect(headers).not.toHaveProperty('expect');
        expect('x-amz-checksum-sha256' in headers).toBe(sums === 'rightly');
        expect('content-md5' in headers).toBe(sums === 'never');
      }
    }
  });

  it('goes over connections that are kept, no more than were asked for', async () => {
    await using opened = await openStage();
    const { stage, store } = opened;
    const before = store.connectionCount;
    await stage.upload(Array.from({ length: 30 }, (_, index) => stage.make(`f${index}`, 1000)));
    expect(store.seen.length).toBeGreaterThan(90);
    expect(store.connectionCount - before).toBeLessThanOrEqual(3);
  });
});

describe('How a store checks what it is sent', () => {
  it('is found out by a probe that leaves no object, once, and remembered', async () => {
    const known = new Map<string, string>();
    const facts: TargetFacts = { get: (name) => known.get(name), set: (name, value) => void known.set(name, value) };
    await using farEnd = await ProtocolS3FarEnd.start();
    for (const asked of [7, 0]) {
      await using target = farEnd.open();
      target.useFacts(facts);
      const before = farEnd.store.asked.length;
      await target.check(never);
      expect(target.checksums).toBe('aws');
      expect(farEnd.store.asked.slice(before).filter((what) => what !== 'HEAD bucket')).toHaveLength(
        asked === 0 ? 0 : 4,
      );
    }
    expect([farEnd.store.objects.size, farEnd.store.uploads.size]).toEqual([0, 0]);
  });

  it.each([
    ['keeps no sums', { sums: 'never' }, undefined],
    ['takes a wrong sum', { sums: 'wrongly' }, undefined],
    ['does not know the header', {}, { status: 501, body: errorDocument('NotImplemented') }],
    ['asks for a length', {}, { status: 411, body: errorDocument('MissingContentLength') }],
  ] as const)('is the common way where it %s', async (_, options, answer) => {
    await using farEnd = await ProtocolS3FarEnd.start(options);
    if (answer !== undefined) farEnd.store.answer = firstTimes('POST uploads', [answer]);
    await using target = farEnd.open();
    await target.check(never);
    expect(target.checksums).toBe('compatible');
    expect(farEnd.store.uploads.size).toBe(0);
  });

  it('is said of each file: by its SHA-256, by that of its parts, by MD5, or by the mark of the object alone', async () => {
    const compared: string[] = [];
    for (const sums of ['rightly', 'never'] as const) {
      await using opened = await openStage({ sums });
      const { stage } = opened;
      const { files } = await stage.upload([stage.make('small', 10), stage.make('large', LARGE)]);
      compared.push(...files.map((file) => (file.state === 'failed' ? file.reason : file.confirmedBy)));
    }
    expect(compared).toEqual(['sha256', 'sha256-parts', 'md5', 'etag']);
  });
});

describe('An answer of S3', () => {
  it('with an error in a 200 is an error: passing ones are tried again', async () => {
    await using opened = await openStage();
    const { stage, store } = opened;
    store.answer = firstTimes('POST complete', [{ status: 200, body: errorDocument('InternalError') }]);
    const { files, notes } = await stage.upload([stage.make('large', LARGE)]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).toContain('InternalError');
    expect(store.asked.filter((what) => what === 'POST complete')).toHaveLength(2);
  });

  it('with an error in a 200 that stays is a failure', async () => {
    await using opened = await openStage();
    const { stage, store } = opened;
    store.answer = ({ what }) =>
      what === 'POST complete' ? { status: 200, body: errorDocument('InternalError') } : undefined;
    const { files } = await stage.upload([stage.make('large', LARGE)]);
    expect(files).toMatchObject([{ state: 'failed', code: 'REMOTE_ERROR' }]);
    expect(store.objects.size).toBe(0);
  });

  it('that orders a pause is tried again after it, and by this program alone', async () => {
    await using farEnd = await ProtocolS3FarEnd.start({}, { checksums: 'aws' });
    await using target = farEnd.open();
    farEnd.store.answer = () => ({ status: 503, headers: { 'retry-after': '7' }, body: errorDocument('SlowDown') });
    const file = { name: 'f', sizeBytes: LARGE, sha256: 'a'.repeat(64), contentType: 'text/plain' };
    await expect(target.begin(file, never)).rejects.toMatchObject({ retryable: true, retryAfterMs: 7000 });
    expect(farEnd.store.asked.toSorted()).toEqual(['HEAD object', 'POST uploads']);
  });

  it.each([
    [
      'HEAD object',
      { status: 301, headers: { 'x-amz-bucket-region': 'eu-west-3', location: 'http://169.254.169.254/' } },
    ],
    ['HEAD object', { status: 400, headers: { 'x-amz-bucket-region': 'eu-west-3' } }],
    [
      'POST uploads',
      { status: 301, headers: { 'x-amz-bucket-region': 'eu-west-3' }, body: errorDocument('PermanentRedirect') },
    ],
    [
      'POST uploads',
      { status: 400, body: errorDocument('AuthorizationHeaderMalformed', '<Region>eu-west-3</Region>') },
    ],
  ] as const)('to %s that sends elsewhere (%o) is not followed, and says which region to set', async (what, answer) => {
    await using farEnd = await ProtocolS3FarEnd.start({}, { checksums: 'aws' });
    await using target = farEnd.open();
    farEnd.store.answer = firstTimes(what, [answer]);
    const file = { name: 'f', sizeBytes: LARGE, sha256: 'a'.repeat(64), contentType: 'text/plain' };
    const failure = target.begin(file, never);
    await expect(failure).rejects.toMatchObject({ code: 'STORE_REFUSED', retryable: false });
    await expect(failure).rejects.toThrow('Set S3_REGION=eu-west-3.');
    const others = farEnd.store.asked.filter((one) => one !== 'DELETE upload'); // Of the one that was begun meanwhile.
    expect(others.toSorted()).toEqual(['HEAD object', 'POST uploads']);
  });

  it('that a part came damaged has it sent again', async () => {
    await using opened = await openStage();
    const { stage, store } = opened;
    store.answer = firstTimes('PUT part', [{ status: 400, body: errorDocument('BadDigest') }]);
    const { files } = await stage.upload([stage.make('large', LARGE)]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
  });

  it('names no secret, whatever is wrong', async () => {
    await using opened = await openStage();
    const { stage, store } = opened;
    store.answer = ({ what }) =>
      what === 'PUT object' ? { status: 403, body: errorDocument('SignatureDoesNotMatch') } : undefined;
    const { files } = await stage.upload([stage.make('small', 10)]);
    expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
    expect(JSON.stringify(files)).toContain('AWS_SECRET_ACCESS_KEY');
    expect(JSON.stringify(files)).not.toContain('canary-secret');
  });

  it('that does not come ends in time', async () => {
    await using farEnd = await ProtocolS3FarEnd.start({}, { checksums: 'aws', timeoutMs: 300 });
    await using target = farEnd.open();
    farEnd.store.hold = true;
    await expect(target.check(never)).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
  });
});

describe('What lies in a bucket already', () => {
  const foreign = { body: Buffer.from('theirs'), headers: { etag: '"theirs"' } };

  it('and is not ours is left as it is, and said', async () => {
    await using opened = await openStage();
    const { stage, store } = opened;
    for (const name of ['small', 'large']) store.objects.set(`chats/${name}`, foreign);
    const { files } = await stage.upload([stage.make('small', 10), stage.make('large', LARGE)]);
    expect(files).toMatchObject([{ code: 'STORE_REFUSED' }, { code: 'STORE_REFUSED' }]);
    expect(JSON.stringify(files)).toContain('s3://bucket/chats/large exists and was not uploaded by chatferry');
    expect([...store.objects.values()]).toEqual([foreign, foreign]);
    expect(store.uploads.size).toBe(0);
  });

  it.each([10, LARGE])('is left as it is also when it came while %i bytes were sent', async (sizeBytes) => {
    await using opened = await openStage();
    const { stage, store } = opened;
    const rival = (target: UploadTarget) =>
      changedTarget(target, {
        sendPart: (...args) => {
          store.objects.set('chats/file', foreign);
          return target.sendPart(...args);
        },
      });
    const { files } = await stage.upload([stage.make('file', sizeBytes)], rival);
    expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
    expect(store.objects.get('chats/file')).toBe(foreign);
    expect(store.uploads.size).toBe(0);
  });

  it('is ours when the answer to an earlier try was lost, and is not sent again', async () => {
    await using opened = await openStage();
    const { stage, store } = opened;
    const lost = { status: 500, body: errorDocument('InternalError'), isDone: true };
    const answers = [firstTimes('PUT object', [lost]), firstTimes('POST complete', [lost])];
    store.answer = (request) => answers.map((answer) => answer(request)).find((answer) => answer !== undefined);
    const { files } = await stage.upload([stage.make('small', 10), stage.make('large', LARGE)]);
    expect(files).toMatchObject([{ state: 'uploaded' }, { state: 'uploaded' }]);
    expect(store.asked.filter((what) => what === 'POST uploads').length).toBe(2); // The probe's, and one of the large file.
  });

  it('is looked at before where a store refuses conditions, and replaced where it is ours', async () => {
    await using opened = await openStage({ conditions: false });
    const { stage, store } = opened;
    store.objects.set('chats/theirs', foreign);
    const items = [stage.make('small', 10), stage.make('large', LARGE), stage.make('theirs', 10)];
    const { files } = await stage.upload(items);
    expect(files).toMatchObject([{ state: 'uploaded' }, { state: 'uploaded' }, { code: 'STORE_REFUSED' }]);
    const changed = await stage.upload([stage.make('small', 20), stage.make('large', LARGE + 1)]);
    expect(changed.files).toMatchObject([{ state: 'uploaded' }, { state: 'uploaded' }]);
  });

  it('is never removed where it is not ours', async () => {
    await using opened = await openStage();
    const { stage, store } = opened;
    const { files } = await stage.upload([stage.make('small', 10)]);
    const [file] = files;
    if (file?.state !== 'uploaded') throw new Error('it was not uploaded');
    await using target = stage.farEnd.open();
    const remote = { id: file.remoteId, address: file.remote };
    const own = store.objects.get('chats/small');
    store.objects.set('chats/small', foreign);
    await expect(target.remove(remote, never)).rejects.toThrow('was not uploaded by chatferry');
    if (own !== undefined) store.objects.set('chats/small', own);
    await target.remove(remote, never);
    await target.remove(remote, never); // What is no more is no error.
    expect(store.objects.size).toBe(0);
  });
});

it('asks S3 for the parts of an upload page by page', async () => {
  await using farEnd = await ProtocolS3FarEnd.start({}, { checksums: 'aws' });
  await using target = farEnd.open();
  const file = { name: 'f', sizeBytes: 2500 * SMALL_PART_BYTES, sha256: 'a'.repeat(64), contentType: 'text/plain' };
  const remote = await target.begin(file, never);
  const [upload] = farEnd.store.uploads.values();
  for (let number = 1; number <= 2500; number += 1) {
    upload?.parts.set(number, { number, sizeBytes: SMALL_PART_BYTES, etag: `e${number}`, sha256: `s${number}` });
  }
  const held = await target.held(remote, { file, receipts: [] }, never);
  const parts = held.kind === 'parts' ? held.parts : [];
  expect(parts).toHaveLength(2500);
  expect(parts[2499]).toMatchObject({ index: 2499, sizeBytes: SMALL_PART_BYTES, tag: 'e2500 s2500' });
  expect(farEnd.store.asked.filter((what) => what === 'GET parts')).toHaveLength(3);
});

it.each(['aws', 'compatible'] as const)(
  'takes parts that a killed run did not write down for sent, by the digests that a store has: %s',
  async (checksums) => {
    await using stage = await SuiteStage.open(under({}, { checksums }));
    const item = stage.make('film.mp4', LARGE);
    await stage.upload([item], (target) => cutTarget(target, 'before the end'), { most: 1, maxRetries: 0 });
    const folder = join(stage.folder, 'sessions');
    const [name = ''] = readdirSync(folder).filter((entry) => entry.endsWith('.session.json'));
    const session = parseSession(readFileSync(join(folder, name), 'utf8'));
    writeFileSync(join(folder, name), JSON.stringify({ ...session, parts: [] }));
    const asked = stage.farEnd.store.asked.length;
    const { files } = await stage.upload([item]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(stage.farEnd.store.asked.slice(asked).filter((what) => what === 'PUT part')).toEqual([]);
    expect((await stage.bytesOf(files[0]))?.equals(item.content)).toBe(true);
  },
);
