import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { GeminiTarget } from '../../../src/upload/targets/gemini/gemini-target.js';
import type { UploadedFile, UploadItem } from '../../../src/upload/uploaded-file.js';
import { GeminiServer, type GeminiServerOptions } from '../servers/gemini-server.js';
import { VirtualClock } from '../servers/virtual-clock.js';
import { testRun, type TestRunOptions } from '../upload-run.js';
import type { FarEnd } from './far-end.js';
import { describeTarget } from './target-suite.js';

const KEY = 'gemini-key-4711';
const MB = 1024 * 1024;
const GB = 1024 * MB;
const NEVER = new AbortController().signal;

describeTarget({
  name: 'Gemini Files',
  partBytes: 65_536,
  openFarEnd: async () => new GeminiFarEnd(await new GeminiServer({ apiKey: KEY, now: Date.now }).listen()),
  replacesByName: false,
});

class GeminiFarEnd implements FarEnd {
  readonly server: GeminiServer;
  readonly clock: VirtualClock = new VirtualClock();

  constructor(server: GeminiServer) {
    this.server = server;
  }

  async open(): Promise<GeminiTarget> {
    const target = targetOf(this.server, this.clock);
    await target.check(NEVER);
    return target;
  }

  read(id: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.server.files.get(id)?.bytes);
  }

  fileCount(): Promise<number> {
    return Promise.resolve(this.server.files.size);
  }

  unfinishedCount(): Promise<number> {
    return Promise.resolve([...this.server.uploads.values()].filter(({ status }) => status === 'active').length);
  }

  damage(id: string): Promise<void> {
    const file = this.server.files.get(id);
    if (file !== undefined) file.bytes = Buffer.concat([file.bytes, Buffer.from('x')]);
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.server.files.delete(id);
    return Promise.resolve();
  }

  forgetUnfinished(): Promise<void> {
    this.server.uploads.clear();
    this.server.files.clear();
    return Promise.resolve();
  }

  fill(): Promise<void> {
    this.server.addForeign('foreign', 20 * GB - 1000);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }
}

function targetOf(server: GeminiServer, clock: VirtualClock, apiKey = KEY): GeminiTarget {
  return new GeminiTarget({
    apiKey,
    baseUrl: new URL(server.origin),
    connectionCount: 4,
    timeoutMs: 10_000,
    allowPrivateRedirects: false,
    clock,
  });
}

describe('Gemini Files', () => {
  let folder: string;
  let clock: VirtualClock;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chatferry-gemini-'));
    clock = new VirtualClock();
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const serve = (options: Partial<GeminiServerOptions> = {}): Promise<GeminiServer> =>
    new GeminiServer({ apiKey: KEY, now: clock.now, ...options }).listen();

  const make = (name: string, sizeBytes: number): UploadItem => {
    const path = join(folder, name);
    writeFileSync(path, randomBytes(sizeBytes));
    return { path, name, contentType: 'video/mp4' };
  };

  const upload = async (
    server: GeminiServer,
    items: readonly UploadItem[],
    choices: Omit<Partial<TestRunOptions>, 'target'> = {},
  ): Promise<{ files: readonly UploadedFile[]; notes: readonly string[] }> => {
    await using target = targetOf(server, clock);
    await target.check(NEVER);
    using test = await testRun({ target, folder, now: clock.now, ...choices });
    return { files: await test.upload(items), notes: test.notes };
  };

  it('sends parts of the granularity that the server asks for, and its own name and type with them', async () => {
    await using server = await serve({ granularityBytes: MB });
    const item = make('film.mp4', 2 * MB + 5);
    const { files } = await upload(server, [item], { chosenPartBytes: 300_000 });
    expect(files).toMatchObject([{ state: 'uploaded', confirmedBy: 'sha256' }]);
    const [stored] = server.files.values();
    expect(stored).toMatchObject({ displayName: 'film.mp4', mimeType: 'video/mp4' });
    expect(stored?.bytes.equals(readFileSync(item.path))).toBe(true);
    const parts = server.seen.filter(({ headers }) => headers['x-goog-upload-offset'] !== undefined);
    expect(
      parts.map(({ headers }) => `${String(headers['x-goog-upload-command'])} ${headers['content-length']}`),
    ).toEqual([`upload ${MB}`, `upload ${MB}`, 'upload, finalize 5']);
  });

  it('gives the URI of a file and when it goes, and sends it anew when it has gone', async () => {
    await using server = await serve();
    const item = make('film.mp4', 1000);
    const { files } = await upload(server, [item]);
    const [stored] = server.files.values();
    expect(files).toMatchObject([
      {
        remote: `${server.origin}/v1beta/${stored?.name}`,
        remoteId: stored?.name,
        expiresAtMs: clock.now() + 48 * 3_600_000,
      },
    ]);
    expect((await upload(server, [item])).files).toMatchObject([{ state: 'present' }]);
    clock.advance(48 * 3_600_000 + 1);
    expect((await upload(server, [item])).files).toMatchObject([{ state: 'uploaded' }]);
  });

  it.each(['hex', 'raw'] as const)('compares by the hash, also where it comes as %s in Base64', async (hashForm) => {
    await using server = await serve({ hashForm });
    server.corrupt = (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])]);
    const { files } = await upload(server, [make('film.mp4', 1000)]);
    expect(files).toMatchObject([{ state: 'failed', code: 'CONTENT_MISMATCH' }]);
    server.corrupt = undefined;
    const again = await upload(server, [make('film.mp4', 1000)]);
    expect(again.files).toMatchObject([{ state: 'uploaded', confirmedBy: 'sha256' }]);
  });

  it('compares by the size where the server gives no hash, and says so', async () => {
    await using server = await serve({ hashForm: 'none' });
    const { files } = await upload(server, [make('film.mp4', 1000)]);
    expect(files).toMatchObject([{ state: 'uploaded', confirmedBy: 'size' }]);
  });

  it('waits until a file is processed', async () => {
    await using server = await serve({ looksUntilReady: 5 });
    const startedMs = clock.now();
    expect((await upload(server, [make('film.mp4', 1000)])).files).toMatchObject([{ state: 'uploaded' }]);
    expect([...server.files.values()][0]?.looksLeft).toBeLessThanOrEqual(0);
    expect(clock.now() - startedMs).toBeGreaterThan(2000);
  });

  it('gives up waiting after a deadline, and goes on waiting in the next run without sending a byte', async () => {
    await using server = await serve({ looksUntilReady: 200 });
    const item = make('film.mp4', 1000);
    const startedMs = clock.now();
    const { files } = await upload(server, [item]);
    expect(files).toMatchObject([{ state: 'failed', code: 'TIMEOUT' }]);
    expect(files[0]?.state === 'failed' ? files[0].reason : '').toMatch(/still processing film\.mp4 after 900 s/);
    expect(clock.now() - startedMs).toBe(15 * 60_000);
    const [stored] = server.files.values();
    if (stored !== undefined) stored.looksLeft = 3;
    const partsBefore = partCount(server);
    expect((await upload(server, [item])).files).toMatchObject([{ state: 'uploaded', remoteId: stored?.name }]);
    expect(partCount(server)).toBe(partsBefore);
    expect(server.files.size).toBe(1);
  });

  it('takes a file that cannot be processed for failed, says why, and leaves it not there', async () => {
    await using server = await serve({ looksUntilReady: 2 });
    const { files } = await upload(server, [make('film.broken', 1000), make('good.mp4', 1000)]);
    expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }, { state: 'uploaded' }]);
    expect(files[0]?.state === 'failed' ? files[0].reason : '').toMatch(
      /could not process film\.broken: The file could not be read/,
    );
    expect([...server.files.values()].map(({ displayName }) => displayName)).toEqual(['good.mp4']);
  });

  it.each(['start', 'upload', 'upload, finalize'])('tries again after an empty 503 to %s', async (command) => {
    await using server = await serve();
    const isIt = (header: unknown): boolean => header === command;
    let starts = 0;
    server.inject({
      // The first start only asks for the granularity, before the run.
      when: ({ headers }) => isIt(headers['x-goog-upload-command']) && (command !== 'start' || (starts += 1) > 1),
      times: 2,
      answer: { status: 503 },
    });
    const item = make('film.mp4', MB);
    const { files, notes } = await upload(server, [item], { chosenPartBytes: 256 * 1024 });
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.filter((note) => note.includes('answered 503'))).toHaveLength(2);
    expect([...server.files.values()][0]?.bytes.equals(readFileSync(item.path))).toBe(true);
  });

  it('waits as long as Google says in its error, where there is no Retry-After', async () => {
    await using server = await serve();
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '37.5s' }];
    const body = { error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED', details } };
    server.inject({
      when: ({ headers }) => headers['x-goog-upload-command'] === 'upload, finalize',
      answer: { status: 429, body },
    });
    const { files, notes } = await upload(server, [make('film.mp4', 1000)]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).toMatch(/Quota exceeded.*Trying again in 3[78] s/);
  });

  it('asks how much came after a cut, and sends only the rest', async () => {
    await using server = await serve();
    server.inject({
      when: ({ headers }) => headers['x-goog-upload-offset'] === String(MB),
      cutAfterBytes: 600_000,
    });
    const item = make('film.mp4', 3 * MB);
    const { files } = await upload(server, [item], { chosenPartBytes: MB });
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect([...server.files.values()][0]?.bytes.equals(readFileSync(item.path))).toBe(true);
    const offsets = server.seen.flatMap(({ headers }) => headers['x-goog-upload-offset'] ?? []);
    expect(offsets).toEqual(['0', String(MB), String(MB + 512 * 1024), String(2 * MB)]);
  });

  it('sends nothing again when the answer to the last part is lost', async () => {
    await using server = await serve();
    server.inject({ when: ({ headers }) => headers['x-goog-upload-command'] === 'upload, finalize', loseAnswer: true });
    const { files } = await upload(server, [make('film.mp4', 1000)]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(partCount(server)).toBe(1);
    expect(server.files.size).toBe(1);
  });

  it('takes what the server refuses for good as refused, with what it says', async () => {
    await using server = await serve();
    server.inject({
      when: ({ headers }) => headers['x-goog-upload-command'] === 'upload, finalize',
      answer: { status: 400, headers: { 'x-goog-upload-status': 'final' }, body: { error: { message: 'Bad file.' } } },
    });
    const { files } = await upload(server, [make('film.mp4', 1000)]);
    expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
    expect(files[0]?.state === 'failed' ? files[0].reason : '').toContain('Bad file.');
  });

  it('refuses what does not fit into the project before a byte of it is sent, also when two come at once', async () => {
    await using server = await serve();
    for (let index = 0; index < 150; index += 1) server.addForeign(`f${index}`, Math.floor((20 * GB - 1500) / 150));
    const { files } = await upload(server, [make('a.mp4', 1000), make('b.mp4', 1000)]);
    expect(files.map(({ state }) => state).sort()).toEqual(['failed', 'uploaded']);
    const reason = files.flatMap((file) => (file.state === 'failed' ? [file.reason] : [])).join('');
    expect(reason).toMatch(/[ab]\.mp4 has 1000 bytes, and .* no room .*21474836480 bytes.*48 hours/);
    expect(partCount(server)).toBe(1);
  });

  it('counts files of more than 2 GB as too large', async () => {
    await using server = await serve();
    await using target = targetOf(server, clock);
    expect(target.limits.largestFileBytes).toBe(2 * GB);
  });

  it('shows its key and the addresses of uploads to nobody: no URL, session, note or result has them', async () => {
    await using server = await serve();
    const item = make('film.mp4', 3 * MB);
    server.inject({
      when: ({ headers }) => headers['x-goog-upload-offset'] === String(MB),
      times: 9,
      answer: { status: 503 },
    });
    const { files, notes } = await upload(server, [item], { chosenPartBytes: MB });
    expect(files).toMatchObject([{ state: 'failed' }]);
    const [id = ''] = [...server.uploads.values()].filter(({ status }) => status === 'active').map((open) => open.id);
    expect(id).not.toBe('');
    const told = JSON.stringify({ files, notes });
    expect(told).not.toContain(KEY);
    expect(told).not.toContain(id);
    for (const { url } of server.seen) expect(url).not.toContain(KEY);
    const toUploads = server.seen.filter(({ url }) => url.includes('upload_id'));
    expect(toUploads.every(({ headers }) => headers['x-goog-api-key'] === undefined)).toBe(true);
    const sessions = readdirSync(join(folder, 'sessions')).filter((name) => name.endsWith('.session.json'));
    expect(sessions).toHaveLength(1);
    expect(readFileSync(join(folder, 'sessions', sessions[0] ?? ''), 'utf8')).not.toContain(KEY);
  });

  it('refuses an upload address on another host that is private', async () => {
    await using server = await serve();
    await using target = targetOf(server, clock);
    server.inject({
      when: ({ headers }) => headers['x-goog-upload-command'] === 'start',
      answer: {
        status: 200,
        headers: { 'x-goog-upload-status': 'active', 'x-goog-upload-url': 'https://169.254.169.254/latest' },
      },
    });
    await expect(target.check(NEVER)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  });

  it('says which key is wrong', async () => {
    await using server = await serve();
    await using target = targetOf(server, clock, 'wrong-key');
    const error = await target.check(NEVER).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'STORE_REFUSED' });
    expect(String(error)).toMatch(/API key not valid/);
    expect(String(error)).not.toContain('wrong-key');
  });

  it('removes a file of ours, and minds none that is gone', async () => {
    await using server = await serve();
    const { files } = await upload(server, [make('film.mp4', 1000)]);
    await using target = targetOf(server, clock);
    const id = files[0]?.state === 'uploaded' ? files[0].remoteId : '';
    await target.remove({ id, address: '' }, NEVER);
    expect(server.files.size).toBe(0);
    await target.remove({ id, address: '' }, NEVER);
    const expected = { sizeBytes: 1000, sha256: createHash('sha256').digest('hex') };
    expect(await target.confirm({ id, address: '' }, expected, NEVER)).toEqual({ state: 'missing' });
  });
});

function partCount(server: GeminiServer): number {
  return server.seen.filter(({ headers }) => headers['x-goog-upload-offset'] !== undefined).length;
}
