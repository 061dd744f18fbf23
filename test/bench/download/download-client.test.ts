import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  type DownloadClientName,
  type DownloadRun,
  type DownloadTask,
  readDownloadRun,
  runDownloadClient,
} from '../../../src/bench/download/download-client.js';
import { loadRival, requireRival } from '../../../src/bench/download/rival-package.js';
import { loadSettings } from '../../../src/config/load-settings.js';
import { createDownloadWorld } from '../../../src/simulator/world/download-world.js';
import { type Simulator, startSimulator } from '../../../src/simulator/server/server.js';
import { patternedFile, sha256OfFile } from '../../../src/simulator/world/world-file.js';
import { clientEnvironment } from '../../cli/client-environment.js';

const FILE_COUNT = 3;
let simulator: Simulator;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatferry-download-client-'));
  simulator = await startSimulator({ world: createDownloadWorld({ fileCount: FILE_COUNT }) });
  await writeFile(join(folder, 'key.pem'), simulator.publicKeyPem);
});

afterAll(async () => {
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

function run(client: DownloadClientName, work: Pick<DownloadTask, 'chat' | 'work'>): Promise<DownloadRun> {
  const session = simulator.sessionFor(777_001n);
  const { settings } = loadSettings({
    flags: {},
    cwd: folder,
    env: {
      ...clientEnvironment(simulator, join(folder, 'key.pem')),
      TELEGRAM_SESSION: session,
    },
  });
  const { dcs, publicKeyPem } = simulator;
  const access = { dcs, publicKeyPem, session, phone: '99966771001', code: '12345' };
  const task = { client, access, ...work, parallelCount: client === 'gramjs' ? 1 : 2, directory: join(folder, client) };
  return runDownloadClient(task, { settings, signal: new AbortController().signal });
}

function digestOf(sizes: readonly (readonly [id: bigint, sizeBytes: number])[]): string {
  const digest = createHash('sha256');
  for (const [id, sizeBytes] of sizes) digest.update(sha256OfFile(patternedFile(id, sizeBytes)));
  return digest.digest('hex');
}

describe.each(['chatferry', 'gramjs', 'mtcute'] as const)('%s as a subject of the benchmark', (client) => {
  it('fetches a large file whole', async () => {
    const { bytes, digest, messageCount, series, wallSeconds } = await run(client, {
      chat: 'bench_large',
      work: 'files',
    });
    expect({ bytes, messageCount }).toEqual({ bytes: 3_000_000, messageCount: 1 });
    expect(digest).toBe(digestOf([[1n, 3_000_000]]));
    expect(series.reduce((sum, point) => sum + point.bytes, 0)).toBe(bytes);
    expect(wallSeconds).toBeGreaterThan(0);
    expect(existsSync(join(folder, client))).toBe(false);
  });

  it('fetches many small files whole', async () => {
    const { bytes, digest, messageCount } = await run(client, { chat: 'bench_small', work: 'files' });
    expect({ bytes, messageCount }).toEqual({ bytes: 600_000, messageCount: 3 });
    expect(digest).toBe(digestOf([2n, 3n, 4n].map((id) => [id, 200_000])));
  });

  it('reads every message of a history', async () => {
    const { digest, messageCount } = await run(client, { chat: 'bench_text', work: 'history' });
    const expected = createHash('sha256');
    for (let id = 1; id <= 150; id += 1)
      expected.update(`${id} Message ${id} of a chat that has nothing but words in it.\n`);
    expect({ digest, messageCount }).toEqual({ digest: expected.digest('hex'), messageCount: 150 });
  });
});

describe('a package to compare with', () => {
  it('that is missing is named, with what to do', async () => {
    await expect(loadRival('@mtcute/not-there')).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(/@mtcute\/not-there.*npm ci/s) as unknown,
    });
    expect(() => requireRival('gramjs-not-there')).toThrow(/gramjs-not-there.*npm ci/s);
  });
});

describe('what a client process printed', () => {
  it('is refused when it is no measurement', () => {
    expect(() => readDownloadRun('{"digest":"short"}')).toThrow('no measurement');
  });
});
