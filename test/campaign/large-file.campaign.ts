import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

import { startBenchTelegram } from '../../src/bench/export/bench-telegram.js';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const ROOT = join(import.meta.dirname, '..', '..');

/** Beyond 4 GiB, so that an offset no longer fits into 32 bits, signed or not. */
const MEGABYTES = 4400;
const MOST_RESIDENT_BYTES = 200_000_000;

interface Report {
  readonly run: { readonly wallSeconds: number; readonly cpuSeconds: number; readonly peakResidentBytes: number };
  readonly concurrency: { readonly bytes: number };
}

it('an export of one file beyond 4 GiB keeps the resident memory of the program under 200 MB', async () => {
  // As people run it: the loader that runs TypeScript sources takes about 40 MB of its own.
  await run(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], { cwd: ROOT });
  const directory = await mkdtemp(join(tmpdir(), 'chatferry-large-file-'));
  try {
    await using telegram = await startBenchTelegram({
      world: 'download',
      messageCount: MEGABYTES,
      latencyMs: 0,
      directory,
      signal: new AbortController().signal,
    });
    const args = ['export', '@bench_large', '--out', join(directory, 'archive'), '--max-parallel', '0', '--json'];
    const { stdout } = await run(process.execPath, [join(ROOT, 'dist', 'cli', 'main.js'), ...args], {
      cwd: directory,
      env: { ...process.env, ...telegram.environment },
      maxBuffer: 64 * 1024 * 1024,
    });
    const summary = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { chats: [{ reportPath: string }] };
    const report = JSON.parse(await readFile(summary.chats[0].reportPath, 'utf8')) as Report;
    const { wallSeconds, cpuSeconds, peakResidentBytes } = report.run;
    const { bytes } = report.concurrency;
    process.stdout.write(
      `${bytes} bytes in ${wallSeconds.toFixed(1)} s, ${(bytes / 1e6 / wallSeconds).toFixed(1)} MB/s, ` +
        `${(cpuSeconds / (bytes / 1e9)).toFixed(1)} s of processor time a gigabyte, ` +
        `${(peakResidentBytes / 1e6).toFixed(0)} MB resident at most\n`,
    );
    expect(bytes).toBe(MEGABYTES * 1_000_000);
    expect(peakResidentBytes).toBeLessThan(MOST_RESIDENT_BYTES);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
