import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it, vi } from 'vitest';

import { openTarget } from '../../../src/app/upload/open-target.js';
import { loadSettings } from '../../../src/config/load-settings.js';

const KEY = { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'canary-secret' };

function open(spec: string, env: Readonly<Record<string, string>> = KEY) {
  const cwd = tmpdir();
  const { settings } = loadSettings({ cwd, env, platform: 'linux', homeDirectory: '/home/ada' });
  return openTarget(spec, { settings, cwd });
}

it('a bucket is opened with its prefix, and its id opens it again', async () => {
  await using opened = await open('s3://my-archive//chats/2026/');
  expect(opened.target.id).toBe('s3://my-archive/chats/2026');
  await using again = await open(opened.target.id);
  expect(again.target.id).toBe(opened.target.id);
  await using whole = await open('S3://my-archive');
  expect(whole.target.id).toBe('s3://my-archive');
});

it('without a key in the settings or where other programs of AWS have it, no bucket is opened', async () => {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'])
    vi.stubEnv(name, join(tmpdir(), 'no-such-file'));
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  try {
    await expect(open('s3://bucket', {})).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY') as unknown,
    });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'KEY');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary-secret');
    await using opened = await open('s3://bucket', {});
    expect(opened.target.id).toBe('s3://bucket');
  } finally {
    vi.unstubAllEnvs();
  }
});

it('a manifest can only name objects below the prefix', async () => {
  await using opened = await open('s3://my-archive/chats');
  const holds = (id: string): Promise<boolean> => opened.holds({ id, address: '' });
  expect(await holds('chats/a%20b.txt?etag=1')).toBe(true);
  expect(await holds('chats-of-others/a.txt?etag=1')).toBe(false);
  expect(await holds('other/a.txt?')).toBe(false);
  expect(await holds('no id')).toBe(false);
});

it.each([
  ['s3://', KEY, 's3:// names no bucket. Write s3://bucket/prefix, such as s3://my-archive/chats.'],
  ['s3://b', KEY, '"b" cannot be the name of a bucket, which has 3 to 255 letters'],
  ['s3://bucket/a/../b', KEY, '"." and ".." are not valid in a key prefix'],
  ['s3://bucket', { AWS_ACCESS_KEY_ID: 'KEY' }, 'AWS_SECRET_ACCESS_KEY is not set'],
  ['s3://bucket', { ...KEY, S3_KMS_KEY_ID: 'k' }, 'Set S3_SERVER_SIDE_ENCRYPTION=aws:kms as well'],
  [
    's3://bucket',
    { ...KEY, S3_ENDPOINT: 'http://minio.example:9000' },
    'S3_ENDPOINT sends files to minio.example:9000',
  ],
] as const)('%s with %o is refused', async (spec, env, message) => {
  const failure = open(spec, env);
  await expect(failure).rejects.toMatchObject({ code: 'USAGE' });
  await expect(failure).rejects.toThrow(message);
});

it('an endpoint that is no URL object is refused with how to write it', async () => {
  const { settings } = loadSettings({ cwd: tmpdir(), env: KEY, platform: 'linux', homeDirectory: '/home/ada' });
  const untyped = { ...settings, s3Endpoint: 'https://storage.example.org' as unknown as URL };
  const opening = openTarget('s3://bucket', { settings: untyped, cwd: tmpdir() });
  await expect(opening).rejects.toMatchObject({ code: 'USAGE' });
  await expect(opening).rejects.toThrow(
    "S3_ENDPOINT must be a URL object, such as new URL('https://storage.example.org')",
  );
});
