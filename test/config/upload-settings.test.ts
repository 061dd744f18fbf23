import { expect, it } from 'vitest';

import { loadSettings } from '../../src/config/load-settings.js';
import { secretsOf } from '../../src/config/redact.js';
import type { Settings } from '../../src/config/settings.js';

function load(env: Readonly<Record<string, string>>): Settings {
  return loadSettings({ cwd: '/', env, platform: 'linux', homeDirectory: '/home/ada' }).settings;
}

it('sizes are read as people write them, in units of 1,024', () => {
  const sizeOf = (text: string): number => load({ UPLOAD_CHUNK_SIZE: text }).uploadChunkBytes;
  const texts = ['0', '8388608', '8MB', '8 MiB', '8m', '512KB', '1GB'];
  expect(texts.map(sizeOf)).toEqual([0, 8388608, 8388608, 8388608, 8388608, 524288, 1073741824]);
});

it.each(['8XB', 'MB', '-1', '1.5MB', '1KB', '6GB', '99999999999999999'])(
  'a chunk size of %s is refused by name, with what it may be',
  (text) => {
    expect(() => load({ UPLOAD_CHUNK_SIZE: text })).toThrow(
      `UPLOAD_CHUNK_SIZE in the environment must be a number of bytes from 64KB to 5GB, such as 8388608, 512KB, 8MB or 1GB (units of 1,024); 0 means by the size of the file, got "${text}".`,
    );
  },
);

it('addresses of stores are kept without what is secret: credentials have settings of their own', () => {
  expect(load({ S3_ENDPOINT: 'https://s3.example.org:9000' }).s3Endpoint?.href).toBe('https://s3.example.org:9000/');
  for (const text of ['https://ada:swordfish@s3.example.org', 'https://s3.example.org/?key=swordfish']) {
    expect(() => load({ S3_ENDPOINT: text })).toThrow(/^S3_ENDPOINT in the environment must be an address.*\*\*\*/);
    expect(() => load({ S3_ENDPOINT: text })).not.toThrow(/swordfish/);
  }
  expect(() => load({ S3_ENDPOINT: 'ftp://s3.example.org' })).toThrow(/must be an address such as https/);
});

it('words are taken in any case, and stand as the store spells them', () => {
  expect(load({ S3_SERVER_SIDE_ENCRYPTION: 'aes256' }).s3ServerSideEncryption).toBe('AES256');
});

it('uploads keep their sessions with the settings of their user, for 48 hours', () => {
  const { uploadSessionDir, uploadSessionLifeMs } = load({});
  expect(uploadSessionDir).toBe('/home/ada/.config/chatferry/uploads');
  expect(uploadSessionLifeMs).toBe(48 * 3_600_000);
});

it('keys of stores are masked wherever they would be shown', () => {
  const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'TUS_TOKEN', 'SUPABASE_KEY'];
  const names = [...keys, 'GEMINI_API_KEY', 'OPENAI_API_KEY', 'KIMI_API_KEY'];
  const env = Object.fromEntries(names.map((name, index) => [name, `canary-${index}`]));
  expect([...secretsOf(load(env))].sort()).toEqual(Object.values(env).sort());
});
