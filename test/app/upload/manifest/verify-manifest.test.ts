import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readManifest } from '../../../../src/app/upload/manifest/manifest-file.js';
import type { ManifestEntry, UploadManifest } from '../../../../src/app/upload/manifest/upload-manifest.js';
import { isSound, type VerifiedFile } from '../../../../src/app/upload/manifest/verified-file.js';
import { verifyManifest } from '../../../../src/app/upload/manifest/verify-manifest.js';
import { loadSettings } from '../../../../src/config/load-settings.js';
import type { ChatferryError } from '../../../../src/errors/chatferry-error.js';
import { uploadFiles, type UploadFilesOptions } from '../../../../src/index.js';
import { UploadStore } from '../../../../src/upload/session/upload-store.js';
import { temporaryDirectory } from '../../../archive/temporary-directory.js';
import { OpenaiServer } from '../../../upload/servers/openai-server.js';
import { startTusNodeServer } from '../../../upload/servers/tus-server.js';

const NAMES = ['a.bin', 'b.bin', 'c.bin'];
const SIZE = 5000;

/** A user with three files, who has sent them. */
class Sender {
  readonly cwd = temporaryDirectory();

  constructor() {
    for (const name of NAMES) writeFileSync(join(this.cwd, name), name.repeat(SIZE / name.length));
  }

  get sessions(): string {
    return join(this.cwd, 'sessions');
  }

  /** @returns what uploads have written down. */
  async send(to: string, { names = NAMES, ...more }: Sending = {}): Promise<UploadManifest> {
    const settings = { uploadSessionDir: this.sessions, ...more };
    const { targets } = await uploadFiles(names, { to, cwd: this.cwd, settings, manifest: 'manifest.json' }).finished();
    expect(targets).toMatchObject([{ uploadedCount: names.length }]);
    const manifest = await readManifest(join(this.cwd, 'manifest.json'), '');
    if (manifest === undefined) throw new Error('There is no manifest.');
    return manifest;
  }

  async verify(manifest: UploadManifest, how: How = {}): Promise<Verified> {
    const { to = [], reads = false, env = {}, signal = new AbortController().signal } = how;
    const given = { UPLOAD_SESSION_DIR: this.sessions, UPLOAD_MAX_RETRIES: '0', ...env };
    const { settings } = loadSettings({ cwd: this.cwd, env: given, homeDirectory: this.cwd });
    const running = verifyManifest({ manifest, to, reads, settings, cwd: this.cwd, signal });
    const files: VerifiedFile[] = [];
    for (;;) {
      const next = await running.next();
      if (next.done === true) return { files, states: files.map(({ state }) => state), failure: next.value };
      files.push(next.value);
    }
  }
}

type Sending = UploadFilesOptions['settings'] & { readonly names?: readonly string[] };

interface How {
  readonly to?: readonly string[];
  readonly reads?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

interface Verified {
  readonly files: readonly VerifiedFile[];
  readonly states: readonly string[];
  readonly failure: ChatferryError | undefined;
}

/** The manifest with one entry changed. */
function changed(manifest: UploadManifest, index: number, change: Partial<ManifestEntry>): UploadManifest {
  return { ...manifest, files: manifest.files.map((entry, at) => (at === index ? { ...entry, ...change } : entry)) };
}

describe('verifying a manifest at a folder', () => {
  it('finds what is the same, what is different and what is gone, in the order of the manifest', async () => {
    const sender = new Sender();
    const manifest = await sender.send('dir:there');
    const [a, b] = NAMES.map((name) => join(sender.cwd, 'there', name));
    writeFileSync(a ?? '', Buffer.alloc(SIZE));
    rmSync(b ?? '');
    const { files, failure } = await sender.verify(manifest);
    expect(failure).toBeUndefined();
    expect(files).toMatchObject([
      {
        name: 'a.bin',
        state: 'different',
        by: 'sha256',
        reason: expect.stringMatching(/^The sha256 of .*a\.bin is [0-9a-f]{64}\.$/) as unknown,
      },
      { name: 'b.bin', state: 'missing', reason: `${b ?? ''} no longer exists.` },
      { name: 'c.bin', state: 'same', by: 'sha256' },
    ]);
    expect(files.map(isSound)).toEqual([false, false, true]);
    const { path, target, remote, sizeBytes, sha256 } = manifest.files[2] ?? {};
    expect(files[2]).toMatchObject({ path, target, remote, sizeBytes, sha256 });
  });

  it('asks for nothing that was to go, that has expired, or whose id no file has', async () => {
    const sender = new Sender();
    const sent = await sender.send('dir:there');
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    const dated = changed(changed(sent, 0, { isRemoved: true }), 1, { expiresAt });
    const odd = changed(dated, 2, { remoteId: `${sent.files[2]?.remoteId ?? ''}\0` });
    rmSync(join(sender.cwd, 'there'), { recursive: true });
    const { files, failure } = await sender.verify(odd);
    expect(files).toMatchObject([
      { state: 'removed' },
      { state: 'expired', reason: `${sent.files[1]?.remote ?? ''} was kept until ${expiresAt}.` },
      { state: 'failed', reason: expect.stringContaining('has a NUL character in its id') as unknown },
    ]);
    expect(files.map(isSound)).toEqual([true, false, false]);
    expect(failure).toBeUndefined();
  });

  it('compares what is still kept for a while', async () => {
    const sender = new Sender();
    const manifest = await sender.send('dir:there');
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    expect((await sender.verify(changed(manifest, 0, { expiresAt }))).states).toEqual(['same', 'same', 'same']);
  });

  it('says of all files why the target cannot be asked, which is the failure of the whole', async () => {
    const sender = new Sender();
    const manifest = await sender.send('dir:there');
    renameSync(join(sender.cwd, 'there'), join(sender.cwd, 'unmounted'));
    const { files, failure } = await sender.verify(manifest);
    expect(failure).toMatchObject({ code: 'UNREACHABLE' });
    for (const file of files) expect(file).toMatchObject({ state: 'failed', reason: failure?.message });
    expect(failure?.message).toContain(`There is no folder ${join(sender.cwd, 'there')}`);
  });

  it('looks only at files of the targets that are named, and at all where none is', async () => {
    const sender = new Sender();
    await sender.send('dir:one');
    const manifest = await sender.send('dir:two', { names: ['c.bin'] });
    expect(manifest.files).toHaveLength(4);
    expect((await sender.verify(manifest)).states).toHaveLength(4);
    const { files } = await sender.verify(manifest, { to: ['dir:two'] });
    expect(files).toMatchObject([{ name: 'c.bin', target: `dir:${join(sender.cwd, 'two')}`, state: 'same' }]);
    expect((await sender.verify(manifest, { to: ['dir:three'] })).files).toEqual([]);
  });

  it('asks no target that this user neither names nor has sent anything to, and says how to', async () => {
    const sender = new Sender();
    const manifest = await sender.send('dir:there');
    const env = { UPLOAD_SESSION_DIR: join(sender.cwd, 'of somebody else') };
    const { files, failure } = await sender.verify(manifest, { env });
    const target = `dir:${join(sender.cwd, 'there')}`;
    const reason = `This user has never uploaded to ${target}, so it was not asked. If you know it, name it: --to ${target}`;
    for (const file of files) expect(file).toMatchObject({ state: 'unnamed', reason });
    expect(failure).toBeUndefined();
    expect((await sender.verify(manifest, { env, to: [target] })).states).toEqual(['same', 'same', 'same']);
  });

  it('takes no other spelling of a target for one that was sent to', async () => {
    const sender = new Sender();
    const manifest = await sender.send('dir:there');
    const target = 'dir:there';
    {
      using store = new UploadStore(sender.sessions);
      const place = { address: '/there/a.bin', id: '/there/a.bin' };
      store.remember({ target, sha256: '0'.repeat(64) }, { name: 'a.bin', sizeBytes: 1, ...place }, Date.now());
    }
    const { files } = await sender.verify(changed(manifest, 1, { target }));
    expect(files.map(({ state }) => state)).toEqual(['same', 'unnamed', 'same']);
  });

  it('looks at no file that does not lie at its target', async () => {
    const sender = new Sender();
    const manifest = await sender.send('dir:there');
    const outside = join(sender.cwd, 'a.bin');
    const { files } = await sender.verify(changed(manifest, 0, { remoteId: outside, remote: outside }));
    const reason = `${outside} is not at dir:${join(sender.cwd, 'there')}, so it was not checked.`;
    expect(files[0]).toMatchObject({ state: 'unnamed', reason });
    expect(files[1]).toMatchObject({ state: 'same' });
  });

  it('refuses a target that is none before anything is asked', async () => {
    const sender = new Sender();
    const manifest = await sender.send('dir:there');
    await expect(sender.verify(manifest, { to: ['nowhere:x'] })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('ends with the reason of its signal', async () => {
    const sender = new Sender();
    const manifest = await sender.send('dir:there');
    const reason = new Error('enough');
    await expect(sender.verify(manifest, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('verifying a manifest at a tus server, which knows no checksums', () => {
  it('compares by size, and sees other bytes only where they are read back', async () => {
    const sender = new Sender();
    await using server = await startTusNodeServer();
    const manifest = await sender.send(`tus+${server.endpoint.href}`);
    const [a, b] = manifest.files.map(({ remoteId }) => remoteId);
    const path = server.pathOf(a ?? '');
    writeFileSync(path, Buffer.alloc(readFileSync(path).length));
    truncateSync(server.pathOf(b ?? ''), 17);
    const bySize = await sender.verify(manifest);
    expect(bySize.files).toMatchObject([
      { state: 'same', by: 'size' },
      { state: 'different', by: 'size', reason: `The size of ${b ?? ''} is 17 bytes.` },
      { state: 'same', by: 'size' },
    ]);
    expect(bySize.files[0]).not.toHaveProperty('reason');
    const read = await sender.verify(manifest, { reads: true });
    expect(read.files).toMatchObject([
      { state: 'different', by: 'read', reason: `${a ?? ''} returns different bytes than were sent.` },
      { state: 'different', by: 'size' },
      { state: 'same', by: 'read' },
    ]);
  });

  it('leaves a server that sends more than the file has, and notes one that sends less', async () => {
    const sender = new Sender();
    const sent = new Set<string>();
    let chunkCount = 0;
    const front = (request: IncomingMessage, response: ServerResponse): boolean => {
      if (request.method !== 'GET') return false;
      if (sent.size > 0) {
        response.end('little');
        return true;
      }
      sent.add(request.url ?? '');
      const more = (): void => {
        chunkCount += 1;
        if (!response.destroyed) response.write(Buffer.alloc(SIZE), more);
      };
      more();
      return true;
    };
    await using server = await startTusNodeServer({ front });
    const manifest = await sender.send(`tus+${server.endpoint.href}`);
    const two = { ...manifest, files: manifest.files.slice(0, 2) };
    const { files } = await sender.verify(two, { reads: true, env: { UPLOAD_MAX_PARALLEL: '1' } });
    for (const file of files) expect(file).toMatchObject({ state: 'different', by: 'read' });
    expect(chunkCount).toBeGreaterThan(1);
  });

  it('tells of files in their order, whichever is answered first, and asks for so many at a time', async () => {
    const sender = new Sender();
    const waiting: (() => void)[] = [];
    let mostWaiting = 0;
    let isHeld = false;
    const front = (request: IncomingMessage, response: ServerResponse): boolean => {
      if (request.method !== 'HEAD' || !isHeld) return false;
      const answer = (): void => {
        response.writeHead(200, {
          'upload-offset': String(SIZE),
          'upload-length': String(SIZE),
          'tus-resumable': '1.0.0',
        });
        response.end();
      };
      waiting.push(answer);
      mostWaiting = Math.max(mostWaiting, waiting.length);
      // The one that was asked for first is answered last of two.
      if (waiting.length === 2) for (const one of waiting.splice(0).reverse()) one();
      return true;
    };
    await using server = await startTusNodeServer({ front });
    const manifest = await sender.send(`tus+${server.endpoint.href}`);
    isHeld = true;
    const four = { ...manifest, files: [...manifest.files, ...manifest.files.slice(0, 1)] };
    const { files } = await sender.verify(four, { env: { UPLOAD_MAX_PARALLEL: '2' } });
    expect(files.map(({ name }) => name)).toEqual([...NAMES, 'a.bin']);
    expect(mostWaiting).toBe(2);
  });

  it('asks again where that may help, fails a file whose server refuses it, and goes on with the others', async () => {
    const sender = new Sender();
    const answers = new Map<string, readonly number[]>();
    const asked: string[] = [];
    const front = (request: IncomingMessage, response: ServerResponse): boolean => {
      const url = request.url ?? '';
      const [status, ...later] = answers.get(url) ?? [];
      if (request.method !== 'HEAD' || status === undefined) return false;
      asked.push(url);
      answers.set(url, later);
      response.writeHead(status).end();
      return true;
    };
    await using server = await startTusNodeServer({ front });
    const manifest = await sender.send(`tus+${server.endpoint.href}`);
    const [a, b] = manifest.files.map(({ remoteId }) => new URL(remoteId).pathname);
    answers.set(a ?? '', [503]).set(b ?? '', [400, 400, 400]);
    const { files, failure } = await sender.verify(manifest, { env: { UPLOAD_MAX_RETRIES: '1' } });
    expect(files.map(({ state }) => state)).toEqual(['same', 'failed', 'same']);
    expect(files[1]?.reason).toContain('400');
    expect(failure).toBeUndefined();
    expect(asked.toSorted()).toEqual([a, b].toSorted());
  });
});

describe('verifying a manifest at a store with a key', () => {
  it('fails the files of a store whose key is not set, and looks at those of others', async () => {
    const sender = new Sender();
    await using server = await new OpenaiServer({ apiKey: 'key', now: Date.now }).listen();
    await sender.send('openai:', { openaiApiKey: 'key', openaiBaseUrl: server.baseUrl });
    const manifest = await sender.send('dir:there');
    expect(manifest.files).toHaveLength(6);
    const { states, files, failure } = await sender.verify(manifest, { env: { OPENAI_BASE_URL: server.baseUrl.href } });
    expect(states).toEqual(['failed', 'failed', 'failed', 'same', 'same', 'same']);
    expect(failure).toMatchObject({ code: 'USAGE' });
    expect(files[0]?.reason).toContain('OPENAI_API_KEY');
    const keyed = { OPENAI_BASE_URL: server.baseUrl.href, OPENAI_API_KEY: 'key' };
    expect(await sender.verify(manifest, { env: keyed })).toMatchObject({
      states: Array<string>(6).fill('same'),
      failure: undefined,
    });
    await server[Symbol.asyncDispose]();
    const ended = await sender.verify(manifest, { env: keyed, to: ['openai:'] });
    expect(ended).toMatchObject({ states: Array<string>(3).fill('failed'), failure: { code: 'UNREACHABLE' } });
  });
});
