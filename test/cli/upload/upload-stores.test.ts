import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GeminiServer } from '../../upload/servers/gemini-server.js';
import { KimiServer } from '../../upload/servers/kimi-server.js';
import { OpenaiServer } from '../../upload/servers/openai-server.js';
import type { ProgramEnd } from '../run-chatferry.js';
import { runInProcess } from '../run-in-process.js';

const PATIENCE_MS = 90_000;
const KEY = 'swordfish-4711-key';
const NAMES = ['a.txt', 'b.md', 'c.csv'];

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-stores-'));
  mkdirSync(join(cwd, 'texts'));
  for (const name of NAMES) writeFileSync(join(cwd, 'texts', name), name.repeat(10_000));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

function chatferry(args: readonly string[], env: Readonly<Record<string, string>>): Promise<ProgramEnd> {
  return runInProcess(args, { cwd, env: { UPLOAD_SESSION_DIR: join(cwd, '.sessions'), ...env } });
}

function everythingWritten(): string {
  return readdirSync(cwd, { recursive: true, encoding: 'utf8' })
    .map((name) => join(cwd, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

describe('chatferry upload to stores', { timeout: PATIENCE_MS }, () => {
  it('brings files to Gemini, and verifies them there by their SHA-256', async () => {
    await using server = await new GeminiServer({ apiKey: KEY, now: Date.now }).listen();
    const env = { GEMINI_API_KEY: KEY, GEMINI_BASE_URL: server.origin };
    const end = await chatferry(['upload', './texts', '--to', 'gemini:', '--json'], env);
    expect(end.stderr).toBe('');
    expect(end.code).toBe(0);
    expect([...server.files.values()].map(({ displayName }) => displayName).sort()).toEqual(
      NAMES.map((name) => `texts/${name}`),
    );
    const verified = await chatferry(['upload', 'verify', 'upload-manifest.json', '--json'], env);
    expect(verified.code).toBe(0);
    expect(verified.stdout).toContain('sha256');
    expect(`${end.stdout}${end.stderr}${verified.stdout}${everythingWritten()}`).not.toContain(KEY);
  });

  it('brings files to OpenAI for the purpose that is set', async () => {
    await using server = await new OpenaiServer({ apiKey: KEY, now: Date.now }).listen();
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.baseUrl.href, OPENAI_FILE_PURPOSE: 'assistants' };
    const end = await chatferry(['upload', './texts', '--to', 'openai:', '--json'], env);
    expect(end.code).toBe(0);
    expect([...server.files.values()].map(({ purpose }) => purpose)).toEqual(NAMES.map(() => 'assistants'));
    expect(`${end.stdout}${end.stderr}${everythingWritten()}`).not.toContain(KEY);
  });

  it('brings files to Kimi one after the other where that is set, has them read, and leaves nothing there', async () => {
    await using server = await new KimiServer({ apiKey: KEY, now: Date.now, looksUntilRead: () => 1 }).listen();
    const env = { KIMI_API_KEY: KEY, KIMI_BASE_URL: server.baseUrl.href, KIMI_FILES_PARALLEL_UPLOADS: 'false' };
    const end = await chatferry(['upload', './texts', '--to', 'kimi:', '--json'], env);
    expect(end.stderr).toBe('');
    expect(end.code).toBe(0);
    expect(server.mostUploads).toBe(1);
    expect(server.files.size).toBe(0);
    expect(readdirSync(join(cwd, 'extracted/texts')).sort()).toEqual(NAMES.map((name) => `${name}.json`));
    const manifest = JSON.parse(readFileSync(join(cwd, 'upload-manifest.json'), 'utf8')) as {
      readonly files: readonly unknown[];
    };
    expect(manifest.files).toMatchObject(
      NAMES.map((name) => ({ isRemoved: true, extractedPath: join(cwd, 'extracted/texts', `${name}.json`) })),
    );
    expect(`${end.stdout}${end.stderr}${everythingWritten()}`).not.toContain(KEY);
  });

  it('puts texts from Kimi beside the manifest, wherever that is', async () => {
    await using server = await new KimiServer({ apiKey: KEY, now: Date.now }).listen();
    const env = { KIMI_API_KEY: KEY, KIMI_BASE_URL: server.baseUrl.href };
    mkdirSync(join(cwd, 'kept'));
    const args = ['upload', './texts/a.txt', '--to', 'kimi:', '--manifest', 'kept/mine.json', '--json'];
    expect(await chatferry(args, env)).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(cwd, 'kept')).sort()).toEqual(['extracted', 'mine.json']);
    const manifest = readFileSync(join(cwd, 'kept', 'mine.json'), 'utf8');
    const [file] = (JSON.parse(manifest) as { readonly files: readonly { readonly extractedPath: string }[] }).files;
    expect(file?.extractedPath).toBe(join(cwd, 'kept', 'extracted', 'a.txt.json'));
    expect(JSON.parse(readFileSync(file?.extractedPath ?? '', 'utf8'))).toMatchObject({
      role: 'system',
      name: 'a.txt',
    });
    expect(readdirSync(cwd)).not.toContain('extracted');
  });

  it('keeps files at Kimi where that is set, for the purpose that is set', async () => {
    await using server = await new KimiServer({ apiKey: KEY, now: Date.now }).listen();
    const env = {
      KIMI_API_KEY: KEY,
      KIMI_BASE_URL: server.baseUrl.href,
      KIMI_KEEP_FILES: 'true',
      KIMI_FILE_PURPOSE: 'image',
    };
    const end = await chatferry(['upload', './texts', '--to', 'kimi:', '--json'], env);
    expect(end.code).toBe(0);
    expect([...server.files.values()].map(({ purpose }) => purpose)).toEqual(NAMES.map(() => 'image'));
  });

  it('is refused by the store with exit code 7, which says why', async () => {
    await using server = await new KimiServer({ apiKey: 'another', now: Date.now }).listen();
    const env = { KIMI_API_KEY: KEY, KIMI_BASE_URL: server.baseUrl.href };
    const end = await chatferry(['upload', './texts', '--to', 'kimi:'], env);
    expect(end.code).toBe(7);
    expect(`${end.stdout}${end.stderr}`).toMatch(/answered 401.*Check the key in KIMI_API_KEY/);
    expect(`${end.stdout}${end.stderr}`).not.toContain(KEY);
  });

  it('names the key of Gemini where it is wrong, which Gemini answers with 400', async () => {
    await using server = await new GeminiServer({ apiKey: 'another', now: Date.now }).listen();
    const env = { GEMINI_API_KEY: KEY, GEMINI_BASE_URL: server.origin };
    const end = await chatferry(['upload', './texts', '--to', 'gemini:'], env);
    expect(end.code).toBe(7);
    expect(`${end.stdout}${end.stderr}`).toMatch(/answered 400.*not valid.*Check the key in GEMINI_API_KEY/);
  });

  it.each([
    ['gemini:', 'GEMINI_API_KEY', {}],
    ['openai:', 'OPENAI_API_KEY', {}],
    ['kimi:', 'KIMI_API_KEY', {}],
    ['supabase:chats', 'SUPABASE_KEY', { SUPABASE_URL: 'https://127.0.0.1:9' }],
  ])('%s without a key is refused with 2, and %s is named', async (to, setting, env: Record<string, string>) => {
    const end = await chatferry(['upload', './texts', '--to', to], env);
    expect(end).toMatchObject({ code: 2, stderr: expect.stringContaining(`needs ${setting}. Set it`) as unknown });
  });

  it('that takes none of the files ends with 7, and with 4 where it takes some of them, naming file, size and limit', async () => {
    await using server = await new KimiServer({ apiKey: KEY, now: Date.now }).listen();
    const env = { KIMI_API_KEY: KEY, KIMI_BASE_URL: server.baseUrl.href, KIMI_KEEP_FILES: 'true' };
    writeFileSync(join(cwd, 'film.mp4'), '');
    truncateSync(join(cwd, 'film.mp4'), 120_000_000);
    const refused = await chatferry(['upload', './film.mp4', '--to', 'kimi:'], env);
    expect(refused.code).toBe(7);
    expect(refused.stdout).toMatch(
      /film\.mp4 has 120000000 bytes, and kimi:\S+ takes files of up to \d+ bytes\. Choose another/,
    );
    expect(server.files.size).toBe(0);
    const some = await chatferry(['upload', './film.mp4', './texts', '--to', 'kimi:'], env);
    expect(some.code).toBe(4);
    expect(server.files.size).toBe(NAMES.length);
  });
});
