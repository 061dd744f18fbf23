import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runChatferry } from '../run-chatferry.js';

let cwd: string;

beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-doctor-'));
  writeFileSync(join(cwd, 'a-file'), 'no folder and no key');
});

afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const ACCOUNT = { TELEGRAM_API_ID: '1', TELEGRAM_API_HASH: '0'.repeat(32) };

interface Diagnosis {
  readonly name: string;
  readonly ok: string;
  readonly detail: string;
  readonly remedy?: string;
}

/** What the doctor finds wrong, by the name of the check. */
async function wrongsIn(env: Readonly<Record<string, string>>): Promise<ReadonlyMap<string, Diagnosis>> {
  const { code, stdout } = await runChatferry(['doctor', '--json'], { cwd, env });
  const found = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Diagnosis);
  const wrong = found.filter(({ ok }) => ok === 'no');
  expect(code).toBe(wrong.length === 0 ? 0 : 2);
  return new Map(wrong.map((diagnosis) => [diagnosis.name, diagnosis]));
}

describe('chatferry doctor', () => {
  it('asks for nothing but the application where everything else is in order', async () => {
    const wrong = await wrongsIn({});
    expect([...wrong.keys()]).toEqual(['Telegram']);
    expect(wrong.get('Telegram')?.detail).toContain('https://my.telegram.org/apps');
  });

  it('counts a login that is still to be made as a warning', async () => {
    expect(await wrongsIn(ACCOUNT)).toEqual(new Map());
  });

  it.each(['a-file', join('a-file', 'below')])('sees that EXPORT_DIR %s can hold no archive', async (directory) => {
    const disk = (await wrongsIn({ ...ACCOUNT, EXPORT_DIR: directory })).get('disk');
    expect(disk?.detail).toContain(join(cwd, 'a-file'));
    expect(disk?.remedy).toContain('EXPORT_DIR');
  });

  it.each(['a-file', 'nowhere.pem'])('names the setting whose public key %s is none', async (file) => {
    const telegram = (await wrongsIn({ ...ACCOUNT, TELEGRAM_PUBLIC_KEY_FILE: file })).get('Telegram');
    expect(telegram?.detail).toContain(`TELEGRAM_PUBLIC_KEY_FILE is "${join(cwd, file)}"`);
  });

  it('names the setting whose ffmpeg does not run', async () => {
    const ffmpeg = (await wrongsIn({ ...ACCOUNT, FFMPEG_PATH: join(cwd, 'a-file') })).get('ffmpeg');
    expect(ffmpeg?.detail).toContain('FFMPEG_PATH');
  });
});
