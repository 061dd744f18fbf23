import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { expect } from 'vitest';

import type { EatenAnswers } from './answer-eater.js';
import { recordAnswers } from './recorded-answers.js';

const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const PROGRAM = fileURLToPath(new URL('./answer-eater.ts', import.meta.url));

/** How a process ended that was told to stop. */
export interface StoppedRun {
  readonly exitCode: number | null;
  readonly ms: number;
}

/** Feeds a process with hostile answers. */
export async function eatHostileAnswers(count: number, seed: number): Promise<EatenAnswers> {
  return withProcess(count, seed, async (lines) => {
    let last = '';
    for await (const line of lines) last = line;
    return JSON.parse(last) as EatenAnswers;
  });
}

/** The same, told to stop by SIGTERM as soon as it has begun. */
export async function stopWhileEating(seed: number): Promise<StoppedRun> {
  return withProcess(10_000_000, seed, async (lines, child) => {
    for await (const line of lines) if (line.startsWith('at ')) break;
    const started = performance.now();
    child.kill('SIGTERM');
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    return { exitCode, ms: performance.now() - started };
  });
}

async function withProcess<T>(
  count: number,
  seed: number,
  work: (lines: AsyncIterable<string>, child: ReturnType<typeof spawn>) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'chatferry-fuzz-'));
  const file = join(folder, 'answers.json');
  const answers = await recordAnswers();
  await writeFile(
    file,
    JSON.stringify(answers.map(({ method, bytes }) => ({ method, bytes: bytes.toString('base64') }))),
  );
  const args = ['--import', LOADER, PROGRAM, file, String(seed), String(count)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    return await work(createInterface({ input: child.stdout }), child);
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is promised of a process that reads what a hostile server sends. */
export function expectHarmless(eaten: EatenAnswers, count: number): void {
  expect(eaten.strange).toEqual([]);
  expect(eaten.takenCount + eaten.refusedCount + eaten.lostCount).toBe(count);
  expect(Math.min(eaten.takenCount, eaten.refusedCount, eaten.lostCount)).toBeGreaterThan(0);
  expect(eaten.mostResidentBytes).toBeLessThan(600e6);
  expect(eaten.longestMs, `seed ${eaten.longestSeed}`).toBeLessThan(2000);
}
