import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { startBenchTelegram } from '../../src/bench/bench-telegram.js';
import { runExportOnce } from '../../src/bench/export-run.js';

/** Beyond 4 GiB, so that an offset no longer fits into 32 bits, signed or not. */
const MEGABYTES = 4400;
const MOST_RESIDENT_BYTES = 200_000_000;

it('an export of one file beyond 4 GiB keeps the resident memory of the program under 200 MB', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'chatferry-large-file-'));
  const { signal } = new AbortController();
  try {
    await using telegram = await startBenchTelegram({
      world: 'download',
      messageCount: MEGABYTES,
      latencyMs: 0,
      directory,
      signal,
    });
    const run = await runExportOnce({
      args: ['--max-parallel', '0'],
      chat: '@bench_large',
      environment: telegram.environment,
      directory: join(directory, 'archive'),
      signal,
    });
    const { bytes, wallSeconds, cpuSeconds, peakResidentBytes } = run;
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
