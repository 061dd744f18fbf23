import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { DirectoryTarget } from '../../../src/upload/targets/directory.js';
import type { UploadedFile, UploadItem } from '../../../src/upload/uploaded-file.js';
import type { OutgoingFile, UploadTarget } from '../../../src/upload/upload-target.js';
import { needsProgram } from '../../media/needs-program.js';
import { changedTarget } from '../targets/changed-target.js';
import { type Cut, cutTarget } from '../targets/cuts.js';
import { type TestRunOptions, testRun } from '../upload-run.js';

const withCurl = await needsProgram('curl', '--version');
let folder: string;
let began: OutgoingFile[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatferry-gzip-'));
  began = [];
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A folder of which a web server tells that its files are gzip, as a bucket does. */
function declaringTarget(): UploadTarget {
  const target = new DirectoryTarget(join(folder, 'out'));
  return changedTarget(target, {
    abilities: { ...target.abilities, declaresCompression: true },
    begin: (file) => {
      began.push(file);
      return target.begin(file);
    },
  });
}

async function upload(
  items: readonly UploadItem[],
  options: Partial<TestRunOptions> = {},
): Promise<readonly UploadedFile[]> {
  using test = await testRun({
    target: declaringTarget(),
    folder,
    chosenPartBytes: 10_000,
    compress: true,
    ...options,
  });
  return await test.upload(items);
}

async function breakOff(item: UploadItem, cut: Cut): Promise<void> {
  const options = { most: 1, maxRetries: 0, target: cutTarget(declaringTarget(), cut) };
  expect(await upload([item], options)).toMatchObject([{ state: 'failed', reason: `The line broke ${cut}.` }]);
}

const lines = (count: number): Buffer =>
  Buffer.from(
    Array.from({ length: count }, (_, index) => `{"id":${index},"text":"message ${index * 7919}"}`).join('\n'),
  );

function make(name: string, content: Buffer, contentType?: string): UploadItem {
  const path = join(folder, name);
  writeFileSync(path, content);
  return { path, name, ...(contentType === undefined ? {} : { contentType }) };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('A file that shrinks', () => {
  it('is sent as gzip in parts, known by both hashes, and is the original for HTTP clients', async () => {
    const content = lines(30_000);
    const [file] = await upload([make('chat.json', content, 'application/json')]);
    expect(file).toMatchObject({ state: 'uploaded', sizeBytes: content.length, sha256: sha256(content) });
    const kept = readFileSync(join(folder, 'out', 'chat.json'));
    expect(kept.length).toBeLessThan(content.length / 2);
    expect(file).toMatchObject({ stored: { encoding: 'gzip', sizeBytes: kept.length, sha256: sha256(kept) } });
    expect(began).toMatchObject([
      {
        contentEncoding: 'gzip',
        sizeBytes: kept.length,
        original: { sizeBytes: content.length, sha256: sha256(content) },
      },
    ]);
    expect(gunzipSync(kept).equals(content)).toBe(true);
    expect((await fetched(join(folder, 'out', 'chat.json'))).equals(content)).toBe(true);
  });

  withCurl('is the original for curl, which takes one member of a gzip file only', async () => {
    const content = lines(200_000);
    await upload([make('chat.json', content, 'application/json')], { chosenPartBytes: 1_000_000 });
    expect((await curled(join(folder, 'out', 'chat.json'))).equals(content)).toBe(true);
  });

  it('is known the next time without being compressed again', async () => {
    const item = make('chat.json', lines(5000), 'application/json');
    await upload([item]);
    const [again] = await upload([item]);
    expect(again).toMatchObject({ state: 'present', stored: { encoding: 'gzip' } });
    expect(began).toHaveLength(1);
  });

  it('comes out as the same bytes in a run that goes on, and only what is missing is sent', async () => {
    const content = lines(30_000);
    const item = make('chat.json', content, 'application/json');
    await breakOff(item, 'before the end');
    const sent: number[] = [];
    const target = declaringTarget();
    const counting = changedTarget(target, {
      sendPart: (remote, toSend, signal) => {
        sent.push(toSend.part.index);
        return target.sendPart(remote, toSend, signal);
      },
    });
    expect(await upload([item], { target: counting })).toMatchObject([{ state: 'uploaded' }]);
    expect(sent).toEqual([]);
    expect(gunzipSync(readFileSync(join(folder, 'out', 'chat.json'))).equals(content)).toBe(true);
  });

  it('starts over, and says so, when it is not to be compressed any more', async () => {
    const item = make('chat.json', lines(30_000), 'application/json');
    await breakOff(item, 'before the end');
    using test = await testRun({ target: declaringTarget(), folder, chosenPartBytes: 10_000, compress: false });
    expect(await test.upload([item])).toMatchObject([{ state: 'uploaded' }]);
    expect(test.notes.join()).toMatch(/chat\.json: its compressed bytes differ from before\. It starts over/);
    expect(readFileSync(join(folder, 'out', 'chat.json')).equals(readFileSync(item.path))).toBe(true);
  });

  it('leaves nothing aside, however the upload ends', async () => {
    const item = make('chat.json', lines(30_000), 'application/json');
    await breakOff(item, 'within the second part');
    await upload([item]);
    expect(readdirSync(join(folder, 'sessions')).filter((name) => name.includes('spool'))).toEqual([]);
  });
});

describe('A file is sent as it is', () => {
  const cases: readonly (readonly [string, string, Buffer, string | undefined])[] = [
    ['of a kind that is compressed in itself', 'film.mp4', lines(5000), 'video/mp4'],
    ['of a kind that is not known', 'blob', lines(5000), undefined],
    ['that does not shrink', 'random.json', randomBytes(200_000), 'application/json'],
    ['that is small', 'small.json', lines(10), 'application/json'],
    ['that is empty', 'empty.txt', Buffer.alloc(0), 'text/plain'],
  ];
  it.each(cases)('%s', async (_, name, content, contentType) => {
    const [file] = await upload([make(name, content, contentType)]);
    expect(file).toMatchObject({ state: 'uploaded' });
    expect(file).not.toHaveProperty('stored');
    expect(readFileSync(join(folder, 'out', name)).equals(content)).toBe(true);
  });

  it('where the target cannot say what it is, and where that is turned off', async () => {
    const item = make('chat.json', lines(5000), 'application/json');
    await upload([item], { target: new DirectoryTarget(join(folder, 'plain')) });
    expect(readFileSync(join(folder, 'plain', 'chat.json')).equals(readFileSync(item.path))).toBe(true);
    await upload([item], { compress: false });
    expect(readFileSync(join(folder, 'out', 'chat.json')).equals(readFileSync(item.path))).toBe(true);
  });
});

/** Serves a file as what it is, and reads it with a client. */
async function served<T>(path: string, read: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((_, response) => {
    response.setHeader('content-encoding', 'gzip');
    createReadStream(path).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await read(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function fetched(path: string): Promise<Buffer> {
  return served(path, async (url) => Buffer.from(await (await fetch(url)).arrayBuffer()));
}

function curled(path: string): Promise<Buffer> {
  const options = { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 } as const;
  return served(path, async (url) => (await promisify(execFile)('curl', ['-sf', '--compressed', url], options)).stdout);
}
