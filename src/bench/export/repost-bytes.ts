import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { startBenchTelegram } from './bench-telegram.js';
import { runExportOnce } from './export-run.js';
import type { ScenarioOptions } from '../scenario.js';

/** How many bytes an export of the same chat downloaded. */
export interface RepostBytes {
  /** With the default setting. */
  readonly onBytes: number;
  /** With `DEDUPLICATE_MEDIA=false`. */
  readonly offBytes: number;
}

/** Exports a chat in which 60 % of the files are reposts under other ids, with and without deduplication. */
export async function measureReposts(
  options: Pick<ScenarioOptions, 'directory' | 'maxParallel' | 'onRun' | 'signal'> & { readonly messageCount: number },
): Promise<RepostBytes> {
  const { maxParallel, messageCount, onRun, signal } = options;
  const directory = join(options.directory, 'reposts');
  await mkdir(directory, { recursive: true });
  await using telegram = await startBenchTelegram({ world: 'reposts', messageCount, latencyMs: 0, directory, signal });
  const download = async (deduplicate: boolean): Promise<number> => {
    const { downloadedBytes } = await runExportOnce({
      // No derivatives are made, because only bytes are counted, not time.
      args: ['--max-parallel', String(maxParallel)],
      chat: '@bench_reposts',
      environment: { ...telegram.environment, DEDUPLICATE_MEDIA: String(deduplicate) },
      directory: join(directory, 'archive'),
      signal,
    });
    onRun(`reposts, deduplication ${deduplicate ? 'on' : 'off'}: ${(downloadedBytes / 1e6).toFixed(1)} MB downloaded`);
    return downloadedBytes;
  };
  return { onBytes: await download(true), offBytes: await download(false) };
}
