import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

import sharp from 'sharp';
import { expect } from 'vitest';

import { processMedia } from '../../src/app/process-media.js';
import { ProcessTree } from '../../src/memory/process-tree.js';
import { mutate, randomFrom, wholeFiles } from './mutations.js';
import type { Stage } from './stage.js';

/** What a run over damaged files came to. */
export interface MutatedRun {
  readonly fileCount: number;
  readonly failedCount: number;
  readonly problemCount: number;
  readonly derivativeCount: number;
  readonly maxBytes: number;
  readonly slowestMs: number;
}

/**
 * Has damaged files processed, and checks of each that it is answered for, unchanged, and has nothing half made.
 *
 * @param seed - Says which damage.
 */
export async function processMutated(stage: Stage, fileCount: number, seed: number): Promise<MutatedRun> {
  const kinds = await wholeFiles(stage);
  const hashes = new Map<string, string>();
  for (let index = 0; index < fileCount; index += 1) {
    const [name, whole] = kinds[index % kinds.length] ?? ['', Buffer.alloc(0)];
    const bytes = mutate(whole, randomFrom(seed + index));
    hashes.set(await stage.put(`mutated/${index}-${name}`, bytes), sha256(bytes));
  }
  const tree = new ProcessTree();
  const watch = new AbortController();
  const memory = mostOf(tree, watch.signal);
  const tally = { failedCount: 0, problemCount: 0, derivativeCount: 0, slowestMs: 0 };
  const listed: string[] = [];
  const paths: string[] = [];
  const options = {
    out: stage.out,
    workers: 2,
    storyboard: true,
    stripMetadata: true,
    jobTimeoutMs: 60_000,
    tree,
  } as const;
  for await (const result of processMedia(hashes.keys(), { ...options, transcode: 'balanced' })) {
    paths.push(result.path);
    tally.slowestMs = Math.max(tally.slowestMs, result.wallMs);
    if (result.state === 'failed') {
      tally.failedCount += 1;
      expect(result.reason).not.toBe('');
      continue;
    }
    expect(result.sha256).toBe(hashes.get(result.path));
    for (const { path, sizeBytes, mimeType } of result.derivatives) {
      listed.push(path);
      expect((await stat(path)).size).toBe(sizeBytes);
      // What is shown can be shown.
      if (mimeType === 'image/webp') await sharp(path, { failOn: 'error' }).stats();
    }
    tally.problemCount += result.problems.length;
    tally.derivativeCount += result.derivatives.length;
  }
  watch.abort();
  expect(paths).toEqual([...hashes.keys()]);
  for (const [path, hash] of hashes) expect(sha256(await readFile(path))).toBe(hash);
  const made = (await readdir(stage.out)).filter((name) => name !== '.chatferry'); // What process remembers.
  expect(made).toHaveLength(listed.length);
  return { fileCount, ...tally, maxBytes: await memory };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Of the workers and their programs, without this process. */
async function mostOf(tree: ProcessTree, signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    most = Math.max(most, (await tree.residentBytes()) - process.memoryUsage.rss());
    await setTimeout(100);
  }
  return most;
}
