import dns from 'node:dns';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { startDemoTusServer } from '../../../src/app/upload/demo-tus-server.js';
import { uploadFiles, type UploadOutcome } from '../../../src/app/upload/upload-files.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { ProtocolS3, type SeenRequest } from '../../upload/servers/protocol-s3.js';
import { startSupabaseServer } from '../../upload/servers/supabase-server.js';

const KEY = { AWS_ACCESS_KEY_ID: 'KEYID', AWS_SECRET_ACCESS_KEY: 'canary-secret' };
const CONTENT = 'ahoy '.repeat(1000);

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-stores-'));
  writeFileSync(join(cwd, 'a.txt'), CONTENT);
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function upload(to: string, env: Readonly<Record<string, string>>): Promise<UploadOutcome> {
  const own = { UPLOAD_SESSION_DIR: join(cwd, 'sessions'), UPLOAD_MAX_RETRIES: '0' };
  const { settings } = loadSettings({ cwd, env: { ...own, ...env }, homeDirectory: cwd });
  return uploadFiles(['a.txt'], { to, cwd, settings }).finished();
}

describe('of S3', () => {
  /** The one request that brings the file, and all that were asked. */
  async function putWith(env: Readonly<Record<string, string>>): Promise<readonly [SeenRequest, readonly string[]]> {
    await using store = await ProtocolS3.start();
    const { files } = await upload('s3://my-archive/chats', { ...KEY, S3_ENDPOINT: store.endpoint.href, ...env });
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    const put = store.seen.find(({ what }) => what === 'PUT object');
    if (put === undefined) throw new Error('Nothing came');
    expect(put.key).toBe('chats/a.txt'); // S3_ENDPOINT, and the bucket in the path as S3_PATH_STYLE has it there.
    return [put, store.asked];
  }

  it('AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and S3_REGION sign requests', async () => {
    const [{ headers }] = await putWith({ AWS_SESSION_TOKEN: 'of-an-hour', S3_REGION: 'eu-central-1' });
    expect(headers['authorization']).toMatch(/Credential=KEYID\/\d{8}\/eu-central-1\/s3\//);
    expect(headers['x-amz-security-token']).toBe('of-an-hour');
    expect(JSON.stringify(headers)).not.toContain('canary-secret');
    const [{ headers: plain }] = await putWith({});
    expect(plain['authorization']).toContain('/us-east-1/s3/');
    expect(plain['x-amz-security-token']).toBeUndefined();
  });

  it('S3_STORAGE_CLASS, S3_SERVER_SIDE_ENCRYPTION and S3_KMS_KEY_ID go with the object', async () => {
    const [{ headers }] = await putWith({
      S3_STORAGE_CLASS: 'STANDARD_IA',
      S3_SERVER_SIDE_ENCRYPTION: 'aws:kms',
      S3_KMS_KEY_ID: 'key-7',
    });
    expect(headers).toMatchObject({
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key-7',
    });
    const [{ headers: plain }] = await putWith({});
    expect(Object.keys(plain).filter((name) => /storage-class|encryption/.test(name))).toEqual([]);
  });

  it('S3_CHECKSUMS says which sums go with the object, and auto asks the store', async () => {
    const [{ headers: ofAws }, askedByAws] = await putWith({ S3_CHECKSUMS: 'aws' });
    expect(ofAws['x-amz-checksum-sha256']).toBeDefined();
    expect(askedByAws).not.toContain('POST uploads');
    rmSync(join(cwd, 'sessions'), { recursive: true });
    const [{ headers: ofAll }, askedByAll] = await putWith({ S3_CHECKSUMS: 'compatible' });
    expect(ofAll['x-amz-checksum-sha256']).toBeUndefined();
    expect(ofAll['content-md5']).toBeDefined();
    expect(askedByAll).not.toContain('POST uploads');
    rmSync(join(cwd, 'sessions'), { recursive: true });
    const [{ headers: found }, askedByAuto] = await putWith({ S3_CHECKSUMS: 'auto' });
    expect(found['x-amz-checksum-sha256']).toBeDefined();
    expect(askedByAuto).toContain('POST uploads');
  });

  it.each([
    [{}, '127.0.0.1'],
    [{ S3_PATH_STYLE: 'false' }, 'my-archive.localhost'],
    [{ S3_PATH_STYLE: 'true' }, 'localhost'],
  ])('with %o asks the host %s', async (env, host) => {
    await using store = await ProtocolS3.start();
    // Where every name of this machine is found, as some systems have it.
    const found = vi.spyOn(dns, 'lookup');
    found.mockImplementation(((_: string, { all }: dns.LookupOptions, tell: (...found: unknown[]) => void) => {
      if (all === true) tell(null, [{ address: '127.0.0.1', family: 4 }]);
      else tell(null, '127.0.0.1', 4);
    }) as typeof dns.lookup);
    try {
      const name = host === '127.0.0.1' ? host : 'localhost';
      const endpoint = `http://${name}:${store.endpoint.port}`;
      const { files } = await upload('s3://my-archive/chats', { ...KEY, ...env, S3_ENDPOINT: endpoint });
      expect(files).toMatchObject([{ state: 'uploaded' }]);
      const hosts = new Set(store.seen.map(({ headers }) => headers['host']));
      expect([...hosts]).toEqual([`${host}:${store.endpoint.port}`]);
    } finally {
      found.mockRestore();
    }
  });

  it('UPLOAD_COMPRESS sends text as gzip, and says so', async () => {
    for (const isCompressed of [false, true]) {
      await using store = await ProtocolS3.start();
      const env = { ...KEY, S3_ENDPOINT: store.endpoint.href, UPLOAD_COMPRESS: String(isCompressed) };
      const { settings } = loadSettings({
        cwd,
        env: { ...env, UPLOAD_SESSION_DIR: join(cwd, 's') },
        homeDirectory: cwd,
      });
      const items = [{ path: join(cwd, 'a.txt'), name: 'a.txt', contentType: 'text/plain' }];
      const { files } = await uploadFiles(items, { to: 's3://my-archive', cwd, settings }).finished();
      expect(files).toMatchObject([{ state: 'uploaded', sizeBytes: CONTENT.length }]);
      const stored = store.objects.get('a.txt');
      expect(stored?.headers['content-encoding']).toBe(isCompressed ? 'gzip' : undefined);
      const bytes = stored?.body ?? Buffer.alloc(0);
      expect((isCompressed ? gunzipSync(bytes) : bytes).toString()).toBe(CONTENT);
    }
  });
});

it('TUS_TOKEN is sent to a tus server', async () => {
  await using server = await startDemoTusServer();
  expect((await upload(server.target, { TUS_TOKEN: server.token })).files).toMatchObject([{ state: 'uploaded' }]);
  for (const env of [{}, { TUS_TOKEN: 'another' }]) {
    const { files, targets } = await upload(server.target, env);
    expect(files.filter(({ state }) => state !== 'failed')).toEqual([]);
    expect(JSON.stringify({ files, targets })).toContain('401');
  }
});

it('SUPABASE_URL and SUPABASE_KEY lead to the bucket of a project', async () => {
  await using server = await startSupabaseServer({ key: 'sb_secret_x', bucket: 'chats' });
  const env = { SUPABASE_URL: server.url.origin, SUPABASE_KEY: 'sb_secret_x' };
  expect((await upload('supabase:chats/2026', env)).files).toMatchObject([{ state: 'uploaded' }]);
  expect(server.objects.get('2026/a.txt')?.bytes.toString()).toBe(CONTENT);
  const outcome = await upload('supabase:chats/other', { ...env, SUPABASE_KEY: 'sb_secret_y' });
  expect(JSON.stringify(outcome)).toContain('answered 403');
  expect([...server.objects.keys()]).toEqual(['2026/a.txt']);
});
