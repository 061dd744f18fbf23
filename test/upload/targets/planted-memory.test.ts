import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { GeminiTarget } from '../../../src/upload/targets/gemini/gemini-target.js';
import { KimiTarget } from '../../../src/upload/targets/kimi/kimi-target.js';
import { OpenaiTarget } from '../../../src/upload/targets/openai/openai-target.js';
import { SupabaseTarget } from '../../../src/upload/targets/tus/supabase-target.js';
import type { UploadTarget } from '../../../src/upload/upload-target.js';
import { temporaryDirectory } from '../../archive/temporary-directory.js';
import { GeminiServer } from '../servers/gemini-server.js';
import { KimiServer } from '../servers/kimi-server.js';
import { OpenaiServer } from '../servers/openai-server.js';
import { testRun } from '../upload-run.js';
import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import { ProtocolS3FarEnd } from './protocol-s3-far-end.js';
import { TusNodeFarEnd } from './tus/far-ends.js';

const connection = { connectionCount: 1, timeoutMs: 5000, allowPrivateRedirects: false };
const apiKey = 'canary-key';
const SIZE_BYTES = 2000;
const NAME = 'in/film.txt';

interface Place extends AsyncDisposable {
  readonly target: UploadTarget;
}

interface FilesPlace extends Place {
  /** Puts a file of somebody else there, of the same size. @returns its id. */
  addForeign(): string;
}

async function openai(): Promise<FilesPlace> {
  const server = await new OpenaiServer({ apiKey, now: Date.now }).listen();
  const target = new OpenaiTarget({ ...connection, apiKey, baseUrl: server.baseUrl, purpose: 'user_data' });
  const addForeign = (): string => server.addForeign('taxes.pdf', SIZE_BYTES);
  return { target, addForeign, [Symbol.asyncDispose]: () => closed(target, server) };
}

async function kimi(): Promise<FilesPlace> {
  const server = await new KimiServer({ apiKey, now: Date.now }).listen();
  const rest = { purpose: 'image', keepFiles: true, outputFolder: temporaryDirectory() } as const;
  const target = new KimiTarget({ ...connection, apiKey, baseUrl: server.baseUrl, ...rest });
  const addForeign = (): string => server.addForeign('taxes.pdf', SIZE_BYTES);
  return { target, addForeign, [Symbol.asyncDispose]: () => closed(target, server) };
}

async function gemini(): Promise<Place> {
  const server = await new GeminiServer({ apiKey, now: Date.now }).listen();
  const target = new GeminiTarget({ ...connection, apiKey, baseUrl: new URL(server.origin) });
  return { target, [Symbol.asyncDispose]: () => closed(target, server) };
}

async function s3(): Promise<Place> {
  const farEnd = await ProtocolS3FarEnd.start();
  const target = farEnd.open();
  return { target, [Symbol.asyncDispose]: () => closed(target, farEnd) };
}

async function tus(): Promise<Place> {
  const farEnd = await TusNodeFarEnd.open();
  const target = farEnd.open();
  return { target, [Symbol.asyncDispose]: () => closed(target, farEnd) };
}

function directory(): Promise<Place> {
  const target = new DirectoryTarget(join(temporaryDirectory(), 'far'));
  return Promise.resolve({ target, [Symbol.asyncDispose]: () => target[Symbol.asyncDispose]() });
}

async function closed(...all: readonly AsyncDisposable[]): Promise<void> {
  for (const one of all) await one[Symbol.asyncDispose]();
}

const damaged = ['', '../files', 'a\nb', 'files/\0', 'x'.repeat(5000)];

describe.each<readonly [string, () => Promise<Place>, readonly string[]]>([
  ['OpenAI', openai, damaged],
  ['Kimi', kimi, damaged],
  ['Gemini', gemini, [...damaged, 'files/abc', 'models/x']],
  ['S3', s3, [...damaged, 'chats/in/other.txt?etag=x', 'elsewhere/film?', 'chats/in/film.txt', '%E0%A4%A?']],
  [
    'a tus server',
    tus,
    ['http://127.0.0.1:9/files/1', 'https://localhost/files/1', 'https://10.0.0.1/x', 'file:///etc/passwd'],
  ],
  ['a folder', directory, [...damaged, '/etc/passwd', join('/', 'far', 'in', 'film.txt')]],
])('What is remembered of a file at %s', (_, open, planted) => {
  it('is believed where the target may have made it', async () => {
    await using place = await open();
    using run = await startedRun(place);
    expect(await run.upload()).toMatchObject([{ state: 'uploaded' }]);
    expect(await run.upload()).toMatchObject([{ state: 'present' }]);
  });

  it.each(['far-end', 'remembered'] as const)('counts as not remembered where it cannot be (%s)', async (check) => {
    await using place = await open();
    using run = await startedRun(place, check);
    const [first] = await run.upload();
    for (const id of planted) {
      run.plant(first, id);
      expect(await run.upload(), id).toMatchObject([{ state: 'uploaded' }]);
      expect(await run.upload(), id).toMatchObject([{ state: 'present' }]);
    }
  });
});

it.each<readonly [string, () => Promise<FilesPlace>]>([
  ['OpenAI', openai],
  ['Kimi', kimi],
])('A file of the same size that somebody else has at %s is not taken for one that is remembered', async (_, open) => {
  await using place = await open();
  using run = await startedRun(place);
  const [first] = await run.upload();
  run.plant(first, place.addForeign());
  expect(await run.upload()).toMatchObject([{ state: 'uploaded' }]);
});

describe('Supabase', () => {
  it('holds an object by the name that its file has there, and no other', async () => {
    const projectUrl = new URL('http://127.0.0.1:9');
    await using target = new SupabaseTarget({ ...connection, projectUrl, key: apiKey, bucket: 'b', prefix: 'p' });
    const held = ['p/in/film.txt', 'in/film.txt', 'p/in/other', 'p/../in/film.txt', ''];
    expect(held.map((id) => target.holds({ id, address: '' }, NAME))).toEqual([true, false, false, false, false]);
  });
});

it('Kimi makes room by removing none but files of ours, whatever is remembered', async () => {
  await using server = await new KimiServer({ apiKey, now: Date.now }).listen();
  const rest = { purpose: 'image', keepFiles: true, outputFolder: temporaryDirectory() } as const;
  await using target = new KimiTarget({ ...connection, apiKey, baseUrl: server.baseUrl, ...rest });
  using run = await startedRun({ target, [Symbol.asyncDispose]: () => Promise.resolve() });
  const foreign = server.addForeign('taxes.pdf', 9_499_999_000);
  for (const [index, id] of ['../files', foreign].entries()) {
    const file = { name: `old-${index}`, sizeBytes: 1000, address: '', id };
    run.store.remember({ target: target.id, sha256: String(index).repeat(64) }, file, Date.now());
  }
  target.useRemembered(run.store.filesOf(target.id));
  await target.check(new AbortController().signal);
  expect(await run.upload()).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
  expect(server.files.has(foreign)).toBe(true);
});

/** Uploads the same file again and again, with what is remembered of it changed in between. */
async function startedRun({ target }: Place, check: 'far-end' | 'remembered' = 'far-end') {
  const folder = temporaryDirectory();
  const item = { path: join(folder, 'film.txt'), name: NAME };
  writeFileSync(item.path, randomBytes(SIZE_BYTES));
  const run = await testRun({ target, folder, check });
  await target.check(new AbortController().signal);
  const { store } = run.run;
  return {
    store,
    upload: () => run.upload([item]),
    plant: (file: Awaited<ReturnType<typeof run.upload>>[number] | undefined, id: string) => {
      if (file === undefined || file.state === 'failed') throw new Error(file?.reason ?? 'there is no file');
      const { sha256, name, sizeBytes } = file;
      store.remember({ target: target.id, sha256 }, { name, sizeBytes, address: 'planted', id }, Date.now());
    },
    [Symbol.dispose]: () => {
      run[Symbol.dispose]();
    },
  };
}
