import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { HeadObjectCommand, PutObjectAclCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, describe, expect, vi } from 'vitest';

import { S3Target } from '../../../src/upload/targets/s3/s3-target.js';
import type { TargetFacts } from '../../../src/upload/target-facts.js';
import type { UnfinishedUpload, UploadTarget } from '../../../src/upload/upload-target.js';
import { LEAST_PART_BYTES, needsRadosgw, Radosgw, RADOSGW_KEY } from '../servers/radosgw.js';
import { testRun } from '../upload-run.js';
import { cutTarget } from './cuts.js';
import { S3FarEnd } from './s3-far-end.js';
import { SMALL_PART_BYTES } from './small-parts-s3.js';
import { SuiteStage } from './suite/suite-stage.js';
import { describeTarget } from './target-suite.js';

const MB = 1024 * 1024;
const never = new AbortController().signal;
const test = await needsRadosgw();
let gateway: Promise<Radosgw> | undefined;

/** Started by the first test that needs it. */
function startedGateway(): Promise<Radosgw> {
  gateway ??= Radosgw.start(LEAST_PART_BYTES);
  return gateway;
}

afterAll(async () => {
  await (await gateway)?.[Symbol.asyncDispose]();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const under = {
  name: 'A bucket of Ceph',
  partBytes: SMALL_PART_BYTES,
  openFarEnd: async (): Promise<S3FarEnd> => S3FarEnd.make(await startedGateway()),
  test,
};

describeTarget(under);

describe('A bucket of Ceph', () => {
  test('has objects under just the keys that their names make, below the prefix', async () => {
    await using stage = await SuiteStage.open(under);
    const names = [
      'a b+c.txt',
      'per%20cent%2F.txt',
      'question?#.txt',
      "quote'.txt",
      'ü/日本語 👩‍👩‍👧.txt',
      '(1)!*$@=&,;.txt',
    ];
    const { files } = await stage.upload(names.map((name, index) => stage.make(`f${index}`, 10, name)));
    const { bucket, keys } = { bucket: stage.farEnd.bucket, keys: await stage.farEnd.keys() };
    expect([...keys].sort()).toEqual(names.map((name) => `chats/2026/${name}`).sort());
    const addresses = files.map((file) => (file.state === 'failed' ? file.reason : file.remote));
    expect(addresses).toEqual(names.map((name) => `s3://${bucket}/chats/2026/${name}`));
  });

  test('takes files by the limits of S3: in one request up to 8 MiB, in parts of 5 MiB above', async () => {
    await using stage = await SuiteStage.open(under);
    await using target = new S3Target(stage.farEnd.options());
    await target.check(never);
    using run = await testRun({ target, folder: stage.folder, chosenPartBytes: MB });
    const sizes = [8 * MB, 8 * MB + 1, 15 * MB, 15 * MB + 1];
    const items = sizes.map((size) => stage.make(`f${size}`, size));
    const files = await run.upload(items);
    expect(files.map((file) => (file.state === 'failed' ? file.reason : file.confirmedBy))).toEqual([
      ...['md5', 'etag', 'etag', 'etag'],
    ]);
    const etags: string[] = [];
    for (const [index, { content, name }] of items.entries()) {
      expect((await stage.bytesOf(files[index]))?.equals(content), `${sizes[index]} bytes`).toBe(true);
      const { client, bucket } = stage.farEnd;
      const { ETag = '' } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: `chats/2026/${name}` }));
      etags.push(ETag.replace(/"[0-9a-f]{32}|"/g, ''));
    }
    expect(etags).toEqual(['', '-2', '-3', '-4']);
  });

  test('gives a file that was sent compressed back as it was, to any client of HTTP', async () => {
    await using stage = await SuiteStage.open(under);
    const text = 'the same line again and again\n'.repeat(20_000);
    const item = { ...stage.make('notes.txt', Buffer.from(text)), contentType: 'text/plain' };
    const { files } = await stage.upload([item], undefined, { compress: true });
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    const { client, bucket } = stage.farEnd;
    const place = { Bucket: bucket, Key: 'chats/2026/notes.txt' };
    const found = await client.send(new HeadObjectCommand(place));
    expect(found).toMatchObject({ ContentEncoding: 'gzip', ContentType: 'text/plain' });
    expect(found.ContentLength).toBeLessThan(text.length / 10);
    await client.send(new PutObjectAclCommand({ ...place, ACL: 'public-read' }));
    const { endpoint } = await startedGateway();
    expect(await (await fetch(new URL(`/${bucket}/chats/2026/notes.txt`, endpoint))).text()).toBe(text);
  });

  test('lists what was begun below the prefix, so that it can be given up', async () => {
    await using stage = await SuiteStage.open(under);
    for (const name of ['one', 'two']) {
      await stage.upload([stage.make(name, 300_000)], (target) => cutTarget(target, 'before the end'));
    }
    await using target = stage.farEnd.open();
    const found: UnfinishedUpload[] = [];
    for await (const unfinished of target.unfinished(never)) found.push(unfinished);
    expect(found.map(({ name }) => name).sort()).toEqual(['one', 'two']);
    for (const { upload, begunAtMs = 0 } of found) {
      expect(Math.abs(Date.now() - begunAtMs)).toBeLessThan(600_000);
      await target.abort(upload, never);
      await target.abort(upload, never); // One that is no more is no error.
    }
    expect(await stage.farEnd.unfinishedCount()).toBe(0);
  });

  test('is read back, and its objects are removed', async () => {
    await using stage = await SuiteStage.open(under);
    const item = stage.make('film', 300_000);
    const { files } = await stage.upload([item]);
    const [file] = files;
    if (file?.state !== 'uploaded') throw new Error('it was not uploaded');
    const remote = { id: file.remoteId, address: file.remote };
    await using target = stage.farEnd.open();
    const pieces: Uint8Array[] = [];
    for await (const piece of target.read(remote, never)) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(item.content)).toBe(true);
    await target.remove(remote, never);
    expect(await target.confirm(remote, { sizeBytes: 300_000, sha256: file.sha256 }, never)).toEqual({
      state: 'missing',
    });
  });

  test('holds to conditions: what is ours is replaced under one, and nothing else is', async () => {
    await using stage = await SuiteStage.open(under);
    const known = new Map<string, string>();
    const facts: TargetFacts = { get: (name) => known.get(name), set: (name, value) => void known.set(name, value) };
    const remembering = (target: UploadTarget): UploadTarget => {
      target.useFacts?.(facts);
      return target;
    };
    await stage.upload([stage.make('notes', 10)], remembering);
    const { files } = await stage.upload([stage.make('notes', 20)], remembering);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect([...known.values()]).not.toContain('refused');
    const { client, bucket } = stage.farEnd;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'chats/2026/theirs', Body: 'theirs' }));
    const refused = await stage.upload([stage.make('theirs', 10)], remembering);
    expect(refused.files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
  });

  test('is not there: the message says so, with what to correct', async () => {
    const farEnd = await S3FarEnd.make(await startedGateway());
    await using target = new S3Target(farEnd.options({ bucket: 'no-such-bucket' }));
    await expect(target.check(never)).rejects.toThrow(/There is no bucket no-such-bucket at 127\.0\.0\.1.*S3_ENDPOINT/);
  });

  test('refuses a wrong key, and the message names no half of it', async () => {
    const farEnd = await S3FarEnd.make(await startedGateway());
    const credentials = { ...RADOSGW_KEY, secretAccessKey: 'canary-secret' };
    await using target = new S3Target(farEnd.options({ credentials }));
    const failure = await target.check(never).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(failure).toMatchObject({ code: 'STORE_REFUSED' });
    expect(failure?.message).toMatch(/AWS_SECRET_ACCESS_KEY/);
    expect(failure?.message).not.toMatch(/canary-secret|TESTACCESSKEY/);
  });

  test('is opened with a profile of ~/.aws where no key is set', async () => {
    const farEnd = await S3FarEnd.make(await startedGateway());
    const folder = mkdtempSync(join(tmpdir(), 'chatferry-aws-'));
    try {
      const { accessKeyId, secretAccessKey } = RADOSGW_KEY;
      const lines = ['[mine]', `aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`];
      writeFileSync(join(folder, 'credentials'), lines.join('\n'));
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
      vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
      vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
      const { credentials, ...options } = farEnd.options();
      expect(credentials).toBe(RADOSGW_KEY);
      await using none = new S3Target(options);
      await expect(none.check(never)).rejects.toThrow(/There is no key for 127.*AWS_ACCESS_KEY_ID/);
      vi.stubEnv('AWS_PROFILE', 'mine');
      await using mine = new S3Target(options);
      await mine.check(never);
      expect(mine.checksums).toBe('compatible');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
