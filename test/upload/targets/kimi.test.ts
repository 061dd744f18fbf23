import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { extractedPathOf } from '../../../src/upload/targets/kimi/extracted-file.js';
import { extractedMessages } from '../../../src/upload/targets/kimi/extracted-messages.js';
import { KimiTarget, type KimiTargetOptions } from '../../../src/upload/targets/kimi/kimi-target.js';
import { SYSTEM_CLOCK } from '../../../src/upload/targets/until-ready.js';
import type { UploadedFile, UploadItem } from '../../../src/upload/uploaded-file.js';
import { KimiServer, type KimiServerOptions } from '../servers/kimi-server.js';
import { VirtualClock } from '../servers/virtual-clock.js';
import { testRun, type TestRunOptions } from '../upload-run.js';
import { FilesFarEnd } from './files-far-end.js';
import { describeTarget } from './target-suite.js';

const KEY = 'sk-kimi-4711';
const MB = 1024 * 1024;

describeTarget({
  name: 'Kimi files',
  partBytes: 65_536,
  openFarEnd: async () => new KimiFarEnd(await new KimiServer({ apiKey: KEY, now: Date.now }).listen()),
  replacesByName: false,
});

/** Files of any name stay: what is read of them has tests of its own. */
class KimiFarEnd extends FilesFarEnd<KimiServer> {
  open(): KimiTarget {
    return new KimiTarget({ ...optionsFor(this.server), purpose: 'image', keepFiles: true, outputFolder: tmpdir() });
  }

  fill(): Promise<void> {
    this.server.addForeign('foreign', 9_500_000_000 - 1000);
    return Promise.resolve();
  }
}

function optionsFor(server: KimiServer) {
  return { apiKey: KEY, baseUrl: server.baseUrl, connectionCount: 8, timeoutMs: 10_000, clock: SYSTEM_CLOCK };
}

describe('Kimi files', () => {
  let folder: string;
  let clock: VirtualClock;
  const servers: KimiServer[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chatferry-kimi-'));
    clock = new VirtualClock();
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const serve = async (options: Partial<KimiServerOptions> = {}): Promise<KimiServer> => {
    const server = await new KimiServer({ apiKey: KEY, now: clock.now, ...options }).listen();
    servers.push(server);
    return server;
  };

  const make = (name: string, sizeBytes = 200): UploadItem => {
    const path = join(folder, name.replaceAll('/', '-'));
    writeFileSync(path, randomBytes(sizeBytes));
    return { path, name };
  };

  type Choices = Omit<Partial<TestRunOptions>, 'target'> & Partial<Pick<KimiTargetOptions, 'purpose' | 'keepFiles'>>;

  const upload = async (
    server: KimiServer,
    items: readonly UploadItem[],
    { purpose = 'auto', keepFiles = false, ...choices }: Choices = {},
  ): Promise<{ files: readonly UploadedFile[]; notes: readonly string[] }> => {
    await using target = new KimiTarget({ ...optionsFor(server), clock, purpose, keepFiles, outputFolder: folder });
    using test = await testRun({ target, folder, now: clock.now, ...choices });
    target.useRemembered(test.run.store.filesOf(target.id));
    await target.check(new AbortController().signal);
    return { files: await test.upload(items), notes: test.notes };
  };

  const messagesOf = async (files: readonly UploadedFile[]) => {
    const messages: { role: string; fileId: string; content: string }[] = [];
    for await (const message of extractedMessages(files)) messages.push(message);
    return messages;
  };

  it('keeps the texts of files apart whose names begin alike and are too long for one of their own', () => {
    const long = 'n'.repeat(116);
    const names = [`${long}.pdf`, `${long}_2.pdf`, `${long}_3.pdf`, `${long}_2/${long}.pdf`, `${long}_22/${long}.pdf`];
    for (const name of names) expect(Buffer.byteLength(name)).toBeGreaterThanOrEqual(120);
    const paths = names.map((name) => extractedPathOf(folder, name));
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(basename(path).length).toBeLessThanOrEqual(125);
  });

  it.each(['ok', 'ready'] as const)(
    'waits until a file is %s, fetches its text, keeps it as JSON and removes the file',
    async (readyStatus) => {
      const server = await serve({ readyStatus, looksUntilRead: () => 6 });
      const { files } = await upload(server, [make('a/report.pdf')]);
      const path = join(folder, 'extracted/a/report.pdf.json');
      expect(files).toMatchObject([{ state: 'uploaded', extractedPath: path, isRemoved: true }]);
      const kept = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      expect(kept).toMatchObject({
        role: 'system',
        name: 'a/report.pdf',
        fileId: files[0]?.state === 'uploaded' ? files[0].remoteId : '',
      });
      expect(JSON.parse(String(kept['content']))).toMatchObject({
        content: expect.stringContaining('日本語') as string,
      });
      for (const acting of ['\u202E', '\u0007']) expect(readFileSync(path, 'utf8')).not.toContain(acting);
      expect(server.files.size).toBe(0);
      expect(await messagesOf(files)).toEqual([{ role: 'system', fileId: kept['fileId'], content: kept['content'] }]);
    },
  );

  it('gives messages in the order of the files, however they are finished', async () => {
    const names = ['slow.pdf', 'middle.txt', 'fast.md', 'picture.png', 'fastest.csv'];
    const looks = new Map([
      ['slow.pdf', 12],
      ['middle.txt', 6],
      ['fast.md', 2],
    ]);
    const server = await serve({ looksUntilRead: ({ filename }) => looks.get(filename) ?? 0 });
    const { files } = await upload(
      server,
      names.map((name) => make(name)),
      { most: 5 },
    );
    expect(files.map(({ name }) => name)).toEqual(names);
    const contents = (await messagesOf(files)).map(({ content }) => /The text of ([\w.]+)/.exec(content)?.[1]);
    expect(contents).toEqual(['slow.pdf', 'middle.txt', 'fast.md', 'fastest.csv']);
    expect(server.fetched).not.toEqual(contents);
  });

  it('chooses the purpose by the kind of file, and reads the text of what is to be read only', async () => {
    const server = await serve();
    const { files } = await upload(server, [make('a.pdf'), make('b.PNG'), make('c.mp4')], { keepFiles: true });
    expect([...server.files.values()].map(({ filename, purpose }) => `${filename} ${purpose}`).sort()).toEqual([
      'a.pdf file-extract',
      'b.PNG image',
      'c.mp4 video',
    ]);
    expect(files.map((file) => file.state === 'uploaded' && file.extractedPath !== undefined)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('refuses a kind whose text cannot be read before a byte is sent, and goes on with the others', async () => {
    const server = await serve();
    const { files } = await upload(server, [make('song.ogg'), make('b.pdf')]);
    expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }, { state: 'uploaded' }]);
    expect(files[0]?.state === 'failed' ? files[0].reason : '').toMatch(/song\.ogg: Kimi reads no \.ogg files/);
    expect([...server.received.keys()]).toEqual(['b.pdf']);
  });

  it('knows what was read in an earlier run although the file is gone, and reads again what has changed', async () => {
    const server = await serve();
    const item = make('a.pdf');
    await upload(server, [item]);
    const again = await upload(server, [item]);
    expect(again.files).toMatchObject([
      { state: 'present', isRemoved: true, extractedPath: expect.any(String) as string },
    ]);
    expect(server.fetched).toEqual(['a.pdf']);
    const changed = make('a.pdf', 300);
    expect((await upload(server, [changed])).files).toMatchObject([{ state: 'uploaded' }]);
    expect(server.fetched).toEqual(['a.pdf', 'a.pdf']);
  });

  it('keeps the files where that is wanted, and does not fetch their text again', async () => {
    const server = await serve();
    const item = make('a.pdf');
    const { files } = await upload(server, [item], { keepFiles: true });
    expect(files[0]).not.toHaveProperty('isRemoved');
    expect(server.files.size).toBe(1);
    const again = await upload(server, [item], { keepFiles: true });
    expect(again.files).toMatchObject([{ state: 'present', extractedPath: expect.any(String) as string }]);
    expect(server.fetched).toEqual(['a.pdf']);
  });

  it('says why a file cannot be read, and leaves neither it nor half a text', async () => {
    const server = await serve({ looksUntilRead: () => 2 });
    const { files } = await upload(server, [make('unreadable.pdf'), make('b.pdf')]);
    expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }, { state: 'uploaded' }]);
    expect(files[0]?.state === 'failed' ? files[0].reason : '').toContain(
      'cannot read unreadable.pdf: No text could be found.',
    );
    expect(server.files.size).toBe(0);
    expect(readdirSync(join(folder, 'extracted'))).toEqual(['b.pdf.json']);
  });

  it('gives up waiting for a text after a deadline, and fetches it in the next run without sending the file', async () => {
    let looks = 1000;
    const server = await serve({ looksUntilRead: () => looks });
    const item = make('a.pdf');
    const startedMs = clock.now();
    const { files } = await upload(server, [item]);
    expect(files).toMatchObject([{ state: 'failed', code: 'TIMEOUT' }]);
    expect(clock.now() - startedMs).toBe(10 * 60_000);
    expect(existsSync(join(folder, 'extracted'))).toBe(false);
    looks = 0;
    for (const file of server.files.values()) file.status = 'ok';
    const uploads = server.seen.filter(({ method }) => method === 'POST').length;
    for (let look = 0; look < 1000; look += 1) server.lookAtAll();
    expect((await upload(server, [item])).files).toMatchObject([{ state: 'present', isRemoved: true }]);
    expect(server.seen.filter(({ method }) => method === 'POST')).toHaveLength(uploads);
  });

  it('removes the oldest files of ours first, never those of others, and never holds more than 950', async () => {
    const server = await serve();
    const own = ['old-1.png', 'old-2.png', 'old-3.png'].map((name) => make(name));
    for (const item of own) {
      await upload(server, [item], { keepFiles: true });
      clock.advance(1000);
    }
    for (let index = 0; index < 946; index += 1) server.addForeign(`foreign-${index}`, 10, clock.now() - 1e9);
    const { files } = await upload(
      server,
      ['a.png', 'b.png', 'c.png'].map((name) => make(name)),
      { keepFiles: true },
    );
    expect(files.every(({ state }) => state === 'uploaded')).toBe(true);
    const names = [...server.files.values()].map(({ filename }) => filename);
    expect(names.filter((name) => !name.startsWith('foreign')).sort()).toEqual([
      'a.png',
      'b.png',
      'c.png',
      'old-3.png',
    ]);
    expect(names.filter((name) => name.startsWith('foreign'))).toHaveLength(946);
    expect(server.maxFiles).toBe(950);
    // What went is sent again when it is wanted again.
    const again = await upload(server, own.slice(2), { keepFiles: true });
    expect(again.files).toMatchObject([{ state: 'present' }]);
  });

  it('never holds more than 9.5 GB', async () => {
    const server = await serve();
    server.addForeign('foreign', 9_500_000_000 - 2500);
    const items = ['a.png', 'b.png', 'c.png', 'd.png'].map((name) => make(name, 1000));
    for (const item of items) {
      expect((await upload(server, [item], { keepFiles: true })).files).toMatchObject([{ state: 'uploaded' }]);
      clock.advance(1000);
    }
    expect(server.maxBytes).toBeLessThanOrEqual(9_500_000_000);
    expect([...server.files.values()].map(({ filename }) => filename)).toEqual(['foreign', 'c.png', 'd.png']);
  });

  it('does not let two files take the same free room: the second waits until the first is read and gone', async () => {
    const server = await serve({ looksUntilRead: () => 3 });
    for (let index = 0; index < 949; index += 1) server.addForeign(`foreign-${index}`, 10);
    const items = ['a.pdf', 'b.pdf', 'c.pdf'].map((name) => make(name));
    const { files } = await upload(server, items, { most: 3, maxRetries: 100_000 });
    expect(files.map(({ state }) => state)).toEqual(['uploaded', 'uploaded', 'uploaded']);
    expect(server.maxFiles).toBe(950);
  });

  it('refuses by name, size and limit where the files of others leave no room', async () => {
    const server = await serve();
    for (let index = 0; index < 950; index += 1) server.addForeign(`foreign-${index}`, 10);
    const { files } = await upload(server, [make('a.pdf', 1234)]);
    expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
    expect(files[0]?.state === 'failed' ? files[0].reason : '').toMatch(
      /a\.pdf has 1234 bytes, and .* no room .*950 of at most 950 files.*not touched: delete/,
    );
    expect(server.received.size).toBe(0);
    expect(server.files.size).toBe(950);
  });

  it('sends one file after the other where it is told to', async () => {
    const server = await serve();
    const items = Array.from({ length: 12 }, (_, index) => make(`${index}.txt`, 50_000));
    await upload(server, items, { most: 1 });
    expect(server.mostUploads).toBe(1);
    expect(server.fetched).toEqual(items.map(({ name }) => name));
  });

  it('leaves the same texts and messages in parallel as one after the other', async () => {
    const items = ['a.txt', 'b.md', 'c.csv', 'd.png', 'unreadable.txt'].map((name) => make(name));
    const one = await upload(await serve({ looksUntilRead: ({ filename }) => filename.length }), items, { most: 5 });
    const parallel = (await messagesOf(one.files)).map(({ content }) => content);
    rmSync(join(folder, 'extracted'), { recursive: true });
    const other = await upload(await serve(), items, { most: 1 });
    expect(parallel).toEqual((await messagesOf(other.files)).map(({ content }) => content));
    expect(parallel).toHaveLength(3);
  });

  it('takes files of up to 100 MB', () => {
    const target = new KimiTarget({
      ...{ apiKey: KEY, baseUrl: new URL('https://api.moonshot.ai/v1'), connectionCount: 1, timeoutMs: 1000 },
      ...{ purpose: 'auto', keepFiles: false, outputFolder: folder },
    });
    expect(target.limits).toMatchObject({ largestFileBytes: 100 * MB, wholeUpToBytes: 100 * MB });
    expect(target.id).toBe('kimi:api.moonshot.ai');
  });

  it('shows its key to nobody: no URL, session, text or result has it', async () => {
    const server = await serve();
    server.inject({ when: ({ method }) => method === 'POST', times: 9, answer: { status: 503 } });
    const { files, notes } = await upload(server, [make('a.pdf')]);
    expect(files).toMatchObject([{ state: 'failed' }]);
    const kept = readdirSync(join(folder, 'sessions')).filter((name) => name.endsWith('.session.json'));
    expect(kept).toHaveLength(1);
    const told = kept.map((name) => readFileSync(join(folder, 'sessions', name), 'utf8'));
    expect(JSON.stringify({ files, notes, told })).not.toContain(KEY);
    for (const { url } of server.seen) expect(url).not.toContain(KEY);
  });
});
