import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { remoteName } from '../../../../src/upload/remote-name.js';
import { objectName } from '../../../../src/upload/targets/tus/object-name.js';
import { SupabaseTarget, type SupabaseTargetOptions } from '../../../../src/upload/targets/tus/supabase-target.js';
import type { UploadedFile } from '../../../../src/upload/uploaded-file.js';
import { type FaultProxy, type HttpFaults, onNth, startFaultProxy } from '../../servers/fault-proxy.js';
import { startSupabaseServer, type SupabaseServer, type SupabaseServerOptions } from '../../servers/supabase-server.js';
import { testRun } from '../../upload-run.js';
import type { FarEnd } from '../far-end.js';
import { describeTarget } from '../target-suite.js';

const KEY = 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl';
const MB = 1024 * 1024;
const never = new AbortController().signal;

function client(projectUrl: URL, options: Partial<SupabaseTargetOptions> = {}): SupabaseTarget {
  return new SupabaseTarget({
    projectUrl,
    ...{ key: KEY, bucket: 'chats', prefix: 'archive', connectionCount: 4, timeoutMs: 10_000 },
    allowPrivateRedirects: false,
    ...options,
  });
}

class SupabaseFarEnd implements FarEnd {
  readonly #server: SupabaseServer;

  constructor(server: SupabaseServer) {
    this.#server = server;
  }

  open(): SupabaseTarget {
    return client(this.#server.url);
  }

  read(id: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.#server.objects.get(id)?.bytes);
  }

  fileCount(): Promise<number> {
    return Promise.resolve(this.#server.objects.size);
  }

  damage(id: string): Promise<void> {
    const object = this.#server.objects.get(id);
    if (object !== undefined) this.#server.objects.set(id, { ...object, bytes: object.bytes.subarray(1) });
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.#server.objects.delete(id);
    return Promise.resolve();
  }

  forgetUnfinished(): Promise<void> {
    for (const { path } of this.#server.tus.uploads()) {
      rmSync(path);
      rmSync(`${path}.json`);
    }
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

describeTarget({
  name: 'Supabase Storage',
  partBytes: 6 * MB,
  lacks: ['fill'],
  openFarEnd: async () => new SupabaseFarEnd(await startSupabaseServer({ key: KEY, bucket: 'chats' })),
});

interface Stage extends AsyncDisposable {
  readonly server: SupabaseServer;
  readonly proxy: FaultProxy;
  upload(
    size: number,
    options?: Partial<SupabaseTargetOptions>,
    name?: string,
  ): Promise<UploadedFile & { notes: string }>;
}

async function openStage(options: Partial<SupabaseServerOptions> = {}, faults?: HttpFaults): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'chatferry-supabase-'));
  const server = await startSupabaseServer({ key: KEY, bucket: 'chats', ...options });
  const proxy = await startFaultProxy({ serverPort: server.tus.port, ...(faults === undefined ? {} : { faults }) });
  return {
    server,
    proxy,
    upload: async (size, changes, name = 'film.mp4') => {
      const path = join(folder, 'film.mp4');
      writeFileSync(path, randomBytes(size));
      await using target = client(new URL(proxy.origin), changes);
      await target.check(never);
      using test = await testRun({ target, folder, chosenPartBytes: MB });
      const [file] = await test.upload([{ path, name, contentType: 'video/mp4' }]);
      if (file === undefined) throw new Error('No result.');
      const stored = file.state === 'failed' ? undefined : server.objects.get(file.remoteId)?.bytes;
      if (stored !== undefined) expect(stored.equals(readFileSync(path))).toBe(true);
      return { ...file, notes: test.notes.join('\n') };
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

it('sends parts of 6 MB whatever size was chosen, with bucket, object, type and caching', async () => {
  await using stage = await openStage();
  const file = await stage.upload(13 * MB);
  expect(file).toMatchObject({
    state: 'uploaded',
    target: `supabase://${new URL(stage.proxy.origin).host}/chats/archive`,
    remote: `${stage.proxy.origin}/storage/v1/object/authenticated/chats/archive/film.mp4`,
    remoteId: 'archive/film.mp4',
    confirmedBy: 'size',
  });
  const sizes = stage.proxy.requests.flatMap(({ method, headers }) =>
    method === 'PATCH' ? [headers['content-length']] : [],
  );
  expect(sizes).toEqual([6 * MB, 6 * MB, MB].map(String));
  expect(stage.server.objects.get('archive/film.mp4')).toMatchObject({
    contentType: 'video/mp4',
    cacheControl: '3600',
  });
  expect(stage.proxy.requests.every(({ headers }) => headers['authorization'] === `Bearer ${KEY}`)).toBe(true);
});

it('sends a secret key as such alone: it is no token', async () => {
  const key = 'sb_secret_0123456789';
  await using stage = await openStage({ key });
  expect(await stage.upload(10, { key })).toMatchObject({ state: 'uploaded' });
});

it('sends full parts behind an offset within a part, where a line was cut', async () => {
  await using stage = await openStage({}, onNth('PATCH', { 2: { reset: 2 * MB } }));
  expect(await stage.upload(19 * MB)).toMatchObject({ state: 'uploaded' });
  const parts = stage.proxy.requests.filter(({ method }) => method === 'PATCH').slice(2);
  expect(parts.slice(0, -1).map(({ headers }) => headers['content-length'])).toEqual(
    Array(parts.length - 1).fill(String(6 * MB)),
  );
  expect(Number(parts[0]?.headers['upload-offset'])).toBeGreaterThanOrEqual(6 * MB);
});

it('replaces an object of the same name', async () => {
  await using stage = await openStage();
  await stage.upload(10);
  expect(await stage.upload(20)).toMatchObject({ state: 'uploaded' });
  expect(stage.server.objects.get('archive/film.mp4')?.bytes).toHaveLength(20);
});

it.each<readonly [string, Partial<SupabaseServerOptions>, Partial<SupabaseTargetOptions>, RegExp]>([
  ['another key', {}, { key: 'wrong' }, /answered 403.*Check the key in SUPABASE_KEY and its rights/],
  ['a bucket that is not there', {}, { bucket: 'other' }, /answered 404.*Bucket not found/],
])('says what is wrong with %s', async (_, serverOptions, options, reason) => {
  await using stage = await openStage(serverOptions);
  const file = await stage.upload(10, options);
  expect(file).toMatchObject({ state: 'failed', code: 'STORE_REFUSED' });
  expect(file.state === 'failed' ? file.reason : '').toMatch(reason);
});

it('refuses a file that is larger than the plan allows before it sends any of it', async () => {
  await using stage = await openStage({ largestFileBytes: 1000 });
  const file = await stage.upload(1001);
  expect(file).toMatchObject({ state: 'failed', code: 'STORE_REFUSED' });
  expect(stage.proxy.requests.map(({ method }) => method)).toEqual(['OPTIONS']);
});

it('ends sessions after the 24 hours that an upload stays', async () => {
  const target = client(new URL('https://project.supabase.co'));
  expect(target.limits).toMatchObject({ sessionLifeMs: 24 * 3_600_000, minPartBytes: 6 * MB, maxPartBytes: 6 * MB });
  await target[Symbol.asyncDispose]();
});

it('reads an object back, and removes it', async () => {
  await using stage = await openStage();
  const file = await stage.upload(100_000);
  await using target = client(new URL(stage.proxy.origin));
  const remote = { address: '', id: file.state === 'failed' ? '' : file.remoteId };
  const hash = createHash('sha256');
  for await (const piece of target.read(remote, never)) hash.update(piece);
  expect(file).toMatchObject({ sha256: hash.digest('hex') });
  await target.remove(remote, never);
  await target.remove(remote, never);
  const expected = { sizeBytes: 100_000, sha256: '0'.repeat(64) };
  expect(await target.confirm(remote, expected, never)).toEqual({ state: 'missing' });
});

it.each(['../other/x', 'elsewhere/x', 'archive/../../x', 'archive//x', 'archive'])(
  'looks at no object %s that a manifest from elsewhere names',
  async (id) => {
    await using stage = await openStage();
    await using target = client(new URL(stage.proxy.origin));
    const looked = target.confirm({ address: '', id }, { sizeBytes: 1, sha256: '0'.repeat(64) }, never);
    await expect(looked).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    expect(stage.proxy.requests).toEqual([]);
  },
);

it('writes names so that Supabase takes them, each another one', () => {
  expect(objectName("a/b c-1_2.3!*'()&$@;:+,")).toBe("a/b c-1_2.3!*'()&$@;:+,");
  expect(objectName('größe=1?')).toBe('gr=C3=B6=C3=9Fe=3D1=3F');
  const long = ['日'.repeat(119), '本'.repeat(119)].map((name) => objectName(remoteName(`${name}/${name}`)));
  expect(new Set(long).size).toBe(2);
  for (const name of long) {
    expect(name.length).toBeLessThan(1000);
    expect(name).toMatch(/^(=[0-9A-F]{2}|\/)+=-[0-9a-f]{32}$/);
  }
});
