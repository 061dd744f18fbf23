import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { OpenaiTarget } from '../../../src/upload/targets/openai/openai-target.js';
import { type StoreClock, SYSTEM_CLOCK } from '../../../src/upload/targets/until-ready.js';
import { planParts } from '../../../src/upload/parts/part-plan.js';
import type { UploadedFile, UploadItem } from '../../../src/upload/uploaded-file.js';
import { OpenaiServer } from '../servers/openai-server.js';
import { VirtualClock } from '../servers/virtual-clock.js';
import { testRun, type TestRunOptions } from '../upload-run.js';
import { FilesFarEnd } from './files-far-end.js';
import { describeTarget } from './target-suite.js';

const KEY = 'sk-openai-4711';
const MB = 1024 * 1024;
const NEVER = new AbortController().signal;

describeTarget({
  name: 'OpenAI files in parts',
  partBytes: 65_536,
  openFarEnd: () => OpenaiFarEnd.open(-1),
  replacesByName: false,
  lacks: ['fill'],
});

describeTarget({
  name: 'OpenAI files in one request',
  partBytes: 65_536,
  openFarEnd: () => OpenaiFarEnd.open(undefined),
  replacesByName: false,
  lacks: ['fill'],
});

class OpenaiFarEnd extends FilesFarEnd<OpenaiServer> {
  readonly #wholeUpToBytes: number | undefined;

  private constructor(server: OpenaiServer, wholeUpToBytes: number | undefined) {
    super(server);
    this.#wholeUpToBytes = wholeUpToBytes;
  }

  static async open(wholeUpToBytes: number | undefined): Promise<OpenaiFarEnd> {
    return new OpenaiFarEnd(await new OpenaiServer({ apiKey: KEY, now: Date.now }).listen(), wholeUpToBytes);
  }

  open(): OpenaiTarget {
    return targetOf(this.server, SYSTEM_CLOCK, this.#wholeUpToBytes);
  }

  unfinishedCount(): Promise<number> {
    return Promise.resolve([...this.server.uploads.values()].filter(({ status }) => status === 'pending').length);
  }

  override forgetUnfinished(): Promise<void> {
    this.server.uploads.clear();
    return super.forgetUnfinished();
  }
}

function targetOf(server: OpenaiServer, clock: StoreClock, wholeUpToBytes?: number, apiKey = KEY): OpenaiTarget {
  return new OpenaiTarget({
    apiKey,
    baseUrl: server.baseUrl,
    connectionCount: 4,
    timeoutMs: 10_000,
    purpose: 'user_data',
    clock,
    ...(wholeUpToBytes === undefined ? {} : { wholeUpToBytes }),
  });
}

describe('OpenAI files', () => {
  let folder: string;
  let clock: VirtualClock;
  let server: OpenaiServer;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chatferry-openai-'));
    clock = new VirtualClock();
    server = await new OpenaiServer({ apiKey: KEY, now: clock.now }).listen();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const make = (name: string, sizeBytes: number, remote = name): UploadItem => {
    const path = join(folder, name);
    writeFileSync(path, randomBytes(sizeBytes));
    return { path, name: remote, contentType: 'application/pdf' };
  };

  const upload = async (
    items: readonly UploadItem[],
    { wholeUpToBytes, ...choices }: Omit<Partial<TestRunOptions>, 'target'> & { wholeUpToBytes?: number } = {},
  ): Promise<{ files: readonly UploadedFile[]; notes: readonly string[] }> => {
    await using target = targetOf(server, clock, wholeUpToBytes);
    using test = await testRun({ target, folder, now: clock.now, ...choices });
    return { files: await test.upload(items), notes: test.notes };
  };

  const parts = { wholeUpToBytes: -1, chosenPartBytes: 100_000 };

  it('sends files up to 512 MB whole whatever the part size, larger ones in parts of at most 64 MB, and up to 8 GB', () => {
    const { limits } = targetOf(server, clock);
    expect(planParts(512 * MB, limits, { chosenPartBytes: 5 * MB }).partCount).toBe(1);
    expect(planParts(512 * MB + 1, limits, { chosenPartBytes: 500 * MB }).partBytes).toBe(64 * MB);
    expect(limits.largestFileBytes).toBe(8192 * MB);
  });

  it('sends a file with its purpose, its type and its path as a name', async () => {
    const item = make('report.pdf', 5000, 'a/b "c"/report.pdf');
    const { files } = await upload([item]);
    const [stored] = server.files.values();
    expect(stored).toMatchObject({ purpose: 'user_data', contentType: 'application/pdf' });
    expect(stored?.filename).toBe('a_b %22c%22_report.pdf');
    expect(stored?.bytes.equals(readFileSync(item.path))).toBe(true);
    expect(files).toMatchObject([
      {
        state: 'uploaded',
        remoteId: stored?.id,
        remote: `${server.baseUrl.href}/files/${stored?.id}`,
        confirmedBy: 'size',
      },
    ]);
  });

  it('sends parts side by side and has them made one file in their order, with the MD5 of the whole', async () => {
    const item = make('film.mp4', 1_000_001);
    const { files } = await upload([item], { ...parts, most: 4 });
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    const [stored] = server.files.values();
    expect(stored?.bytes.equals(readFileSync(item.path))).toBe(true);
    expect(stored).toMatchObject({ filename: 'film.mp4', contentType: 'application/pdf' });
  });

  it('takes an upload whose bytes came differently for failed: the store compares the MD5', async () => {
    server.corrupt = (bytes) => Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)]);
    const { files, notes } = await upload([make('film.mp4', 300_000)], parts);
    expect(files).toMatchObject([{ state: 'failed' }]);
    expect(files[0]?.state === 'failed' ? files[0].reason : '').toContain('md5 does not match');
    expect(notes.join('\n')).toContain('It starts over');
    expect(server.files.size).toBe(0);
  });

  const loseCompletion = (): void => {
    server.inject({ when: ({ url }) => url.pathname.endsWith('/complete'), loseAnswer: true });
  };

  /** A file of somebody else, with all that a list tells of ours but its time. */
  const addTwin = (createdAtMs: number): void => {
    const id = server.addForeign('film.mp4', 500_000, createdAtMs);
    Object.assign(server.files.get(id) ?? {}, { purpose: 'user_data' });
  };

  it('finds the file of an upload whose completion was answered in vain, and sends nothing again', async () => {
    addTwin(clock.now() - 5000);
    const item = make('film.mp4', 500_000);
    clock.advance(1000);
    loseCompletion();
    const { files, notes } = await upload([item], { ...parts, maxRetries: 1 });
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).not.toContain('starts over');
    expect(partCount()).toBe(5);
    expect(server.files.size).toBe(2);
    const remoteId = files[0]?.state === 'uploaded' ? files[0].remoteId : '';
    expect(server.files.get(remoteId)?.bytes.equals(readFileSync(item.path))).toBe(true);
  });

  it('takes none of two files that could be it, and starts over', async () => {
    const item = make('film.mp4', 500_000);
    server.inject({
      when: ({ url }) => {
        if (url.pathname.endsWith('/complete') && server.files.size === 0) {
          addTwin(clock.now());
          return true;
        }
        return false;
      },
      loseAnswer: true,
    });
    const { files, notes } = await upload([item], { ...parts, maxRetries: 1 });
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).toContain('starts over');
    const remoteId = files[0]?.state === 'uploaded' ? files[0].remoteId : '';
    expect(server.files.get(remoteId)?.bytes.equals(readFileSync(item.path))).toBe(true);
  });

  it('goes on within 55 minutes by the parts that the session remembers', async () => {
    const item = make('film.mp4', 500_000);
    failPart(4, 99);
    expect((await upload([item], { ...parts, most: 1 })).files).toMatchObject([{ state: 'failed' }]);
    clock.advance(54 * 60_000);
    server.seen.length = 0;
    clearFaults();
    const { files } = await upload([item], parts);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(partCount()).toBe(2);
    expect([...server.files.values()][0]?.bytes.equals(readFileSync(item.path))).toBe(true);
  });

  it('starts over after 55 minutes, says so, and ends what was begun', async () => {
    const item = make('film.mp4', 500_000);
    failPart(4, 99);
    await upload([item], { ...parts, most: 1 });
    clock.advance(55 * 60_000 + 1);
    server.seen.length = 0;
    clearFaults();
    const { files, notes } = await upload([item], parts);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).toMatch(/film\.mp4: .*expired.*starts over/);
    expect(partCount()).toBe(5);
    expect([...server.uploads.values()].map(({ status }) => status)).toEqual(['cancelled', 'completed']);
  });

  it('begins anew in the same run when the hour passes on the way', async () => {
    const item = make('film.mp4', 500_000);
    let partsSeen = 0;
    server.inject({
      when: ({ url }) => {
        if (url.pathname.endsWith('/parts') && (partsSeen += 1) === 3) clock.advance(61 * 60_000);
        return false;
      },
    });
    const { files, notes } = await upload([item], { ...parts, most: 1 });
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).toMatch(/film\.mp4: .*expired.*starts over/);
  });

  it('tries again after 429 and 500, as long as the store asks for', async () => {
    server.inject({
      when: ({ method }) => method === 'POST',
      answer: { status: 429, headers: { 'retry-after': '7' } },
    });
    server.inject({ when: ({ method }) => method === 'POST', answer: { status: 500 } });
    const { files, notes } = await upload([make('a.pdf', 1000)]);
    expect(files).toMatchObject([{ state: 'uploaded' }]);
    expect(notes.join('\n')).toMatch(/answered 429.*Trying again in (7|8) s/);
  });

  it('does not wait where the account has no money left', async () => {
    const body = {
      error: { type: 'insufficient_quota', code: 'insufficient_quota', message: 'You exceeded your quota.' },
    };
    server.inject({ when: ({ method }) => method === 'POST', times: 9, answer: { status: 429, body } });
    const { files, notes } = await upload([make('a.pdf', 1000)]);
    expect(files).toMatchObject([{ state: 'failed', code: 'STORE_REFUSED' }]);
    expect(files[0]?.state === 'failed' ? files[0].reason : '').toMatch(/You exceeded your quota.*balance/);
    expect(notes).toEqual([]);
  });

  it('takes a file that is in error for failed, and removes it', async () => {
    server.inject({
      when: ({ method, url }) => {
        if (method !== 'GET' || !url.pathname.includes('/files/')) return false;
        for (const file of server.files.values())
          Object.assign(file, { status: 'error', statusDetails: 'No JSON lines.' });
        return false;
      },
    });
    const { files } = await upload([make('a.pdf', 1000)]);
    expect(files[0]?.state === 'failed' ? files[0].reason : '').toMatch(
      /a\.pdf for user_data: No JSON lines.*OPENAI_FILE_PURPOSE/,
    );
    expect(server.files.size).toBe(0);
  });

  it('shows its key to nobody, also where the store repeats it', async () => {
    await using target = targetOf(server, clock, undefined, 'sk-wrong-swordfish');
    const error = await target.check(NEVER).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'STORE_REFUSED' });
    expect(String(error)).toMatch(/answered 401.*Check the key in OPENAI_API_KEY/);
    expect(String(error)).not.toContain('swordfish');
    failPart(2, 99);
    const { files, notes } = await upload([make('film.mp4', 500_000)], parts);
    const sessions = readdirSync(join(folder, 'sessions')).filter((name) => name.endsWith('.session.json'));
    const kept = sessions.map((name) => readFileSync(join(folder, 'sessions', name), 'utf8'));
    expect(kept).toHaveLength(1);
    expect(JSON.stringify({ files, notes, kept })).not.toContain(KEY);
    for (const { url } of server.seen) expect(url).not.toContain(KEY);
  });

  it('removes a file of ours, and minds none that is gone', async () => {
    const { files } = await upload([make('a.pdf', 1000)]);
    const id = files[0]?.state === 'uploaded' ? files[0].remoteId : '';
    await using target = targetOf(server, clock);
    await target.remove({ id, address: '' }, NEVER);
    await target.remove({ id, address: '' }, NEVER);
    expect(server.files.size).toBe(0);
    const expected = { sizeBytes: 1000, sha256: createHash('sha256').digest('hex') };
    expect(await target.confirm({ id, address: '' }, expected, NEVER)).toEqual({ state: 'missing' });
  });

  let isFailing = false;

  /** From the k-th part on, parts are refused for a while. */
  function failPart(k: number, times: number): void {
    let seen = 0;
    isFailing = true;
    server.inject({
      when: ({ url }) => isFailing && url.pathname.endsWith('/parts') && (seen += 1) >= k,
      times,
      answer: { status: 503 },
    });
  }

  function clearFaults(): void {
    isFailing = false;
  }

  function partCount(): number {
    return server.seen.filter(({ url }) => url.endsWith('/parts')).length;
  }
});
