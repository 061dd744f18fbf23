import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CreateMultipartUploadCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { runUploadClient } from '../../src/bench/upload/clients/upload-client.js';
import { startLine } from '../../src/bench/upload/line-proxy.js';
import type { BenchStore } from '../../src/bench/upload/stores/bench-store.js';
import { startS3Sink } from '../../src/bench/upload/stores/s3-sink.js';
import { startSinkStore } from '../../src/bench/upload/stores/s3-store.js';
import { startTusStore } from '../../src/bench/upload/stores/tus-store.js';
import { ratioName, UPLOAD_PARTS } from '../../src/bench/upload/upload-parts.js';
import { makeSparseFile, makeUploadFiles } from '../../src/bench/upload/upload-files.js';
import type { BenchFile, UploadClientName } from '../../src/bench/upload/upload-task.js';
import { loadSettings } from '../../src/config/load-settings.js';

const { signal } = new AbortController();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatferry-upload-bench-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const STORES: Readonly<Record<'s3' | 'tus', () => Promise<BenchStore>>> = {
  s3: () => startSinkStore(),
  tus: () => startTusStore(folder),
};

describe.each([
  ['chatferry', 's3'],
  ['chatferry', 'tus'],
  ['lib-storage', 's3'],
  ['tus-js-client', 'tus'],
] as const)('%s as a client of the benchmark, to %s', (client: UploadClientName, kind) => {
  it('brings all files whole, and its store says so when one is not', async () => {
    await using store = await STORES[kind]();
    await using line = await startLine({ port: store.port });
    const { target, s3, environment } = store.access(line.port, 'run');
    const { settings } = loadSettings({
      flags: {},
      cwd: folder,
      env: { ...environment, UPLOAD_SESSION_DIR: join(folder, 'sessions'), UPLOAD_MAX_PARALLEL: '3' },
    });
    const large = await makeUploadFiles(join(folder, 'large'), { count: 1, sizeBytes: 11_000_000, signal });
    const small = (await makeUploadFiles(join(folder, 'small'), { count: 4, sizeBytes: 5000, signal })).map((file) => ({
      ...file,
      name: `small-${file.name}`,
    }));
    const files: readonly BenchFile[] = [...large, ...small];
    const task = { kind: 'upload', client, files, target, s3, parallelCount: 3 } as const;
    const run = await runUploadClient(task, { settings, signal });
    expect(run).toMatchObject({ uploadedCount: 5, failures: {} });
    expect(line.upBytes).toBeGreaterThan(11_020_000);
    await store.removeFiles('run', files);
    const neverSent = { path: folder, name: 'never-sent', sizeBytes: 1 };
    await expect(store.removeFiles('run', [...files, neverSent])).rejects.toThrow('complete files');
  });
});

describe('what uploads are measured with', () => {
  it('is random files, and one of a size that takes no room', async () => {
    const [one, other] = await makeUploadFiles(join(folder, 'some'), { count: 2, sizeBytes: 5_000_000, signal });
    expect(one?.sizeBytes).toBe(5_000_000);
    expect(one?.path).not.toBe(other?.path);
    expect(await makeSparseFile(join(folder, 'sparse'), 5_000_000_000)).toMatchObject({ sizeBytes: 5_000_000_000 });
  });

  it('compares by the names that are documented', () => {
    const names = UPLOAD_PARTS.flatMap(({ name, compared }) =>
      compared.map(([ours, other]) => ratioName(name, ours, other)),
    );
    expect(names).toEqual(
      expect.arrayContaining([
        's3-100mb-3/sequential',
        's3-100mb-8/sequential',
        's3-500mb-3/sequential',
        'tus-200-files-3/sequential',
        's3-100mb-8/lib-storage',
        'tus-100mb/tus-js-client',
      ]),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});

it('has an S3 server that tells sizes and MD5, also of bodies in chunks, and keeps no bytes', async () => {
  await using sink = await startS3Sink();
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${sink.port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const bytes = randomBytes(300_000);
  const path = join(folder, 'f');
  writeFileSync(path, bytes);
  const place = { Bucket: 'b', Key: 'a/b c.bin' };
  const { ETag } = await client.send(new PutObjectCommand({ ...place, Body: bytes, Metadata: { own: 'yes' } }));
  expect(ETag).toBe(`"${createHash('md5').update(bytes).digest('hex')}"`);
  const found = await client.send(new HeadObjectCommand(place));
  expect(found).toMatchObject({ ContentLength: 300_000, Metadata: { own: 'yes' } });
  expect((await client.send(new CreateMultipartUploadCommand(place))).UploadId).toBeDefined();
  await expect(client.send(new HeadObjectCommand({ ...place, Key: 'none' }))).rejects.toThrow();
  client.destroy();
});
