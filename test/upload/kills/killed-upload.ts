import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { expect } from 'vitest';

import { type Line, startLine } from '../../../src/bench/upload/line-proxy.js';
import { SeededRandom } from '../../../src/simulator/world/seeded-random.js';
import type { ChildLine, ChildPlace, ChildUpload } from './upload-child.js';

const CHILD = fileURLToPath(new URL('upload-child.ts', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const PART_BYTES = 128 * 1024;
const FILE_BYTES = 24 * PART_BYTES + 12_345;
const CONNECTIONS = 3;
/** Headers of requests that a server refuses while it still believes in the connection of a killed run. */
const ASKED_AGAIN_BYTES = 8 * 1024;

/** A server that files go to. */
export interface KillStore {
  readonly place: ChildPlace;
  readonly port: number;
  /** The bytes of a finished file. */
  read(remoteId: string): Promise<Buffer | undefined>;
  /** Finished files. */
  fileCount(): Promise<number>;
}

export interface KillOptions {
  readonly store: KillStore;
  readonly killCount: number;
  readonly seed: number;
  /** Called after each run. */
  readonly onRun?: (text: string) => void;
}

/** What was tried and found. */
export interface KillReport {
  readonly killCount: number;
  /** Files that came whole in the end. */
  readonly fileCount: number;
  /** Bytes that the server got beyond those of the files, headers included. */
  readonly againBytes: number;
}

/**
 * Kills runs that upload a file, as kill -9 does, at random moments, until one gets through; then the next file. A file must
 * come whole, the server must not get more than one part twice for each connection and kill, and what is shown must not
 * go back.
 */
export async function killUploads({ store, killCount, seed, onRun }: KillOptions): Promise<KillReport> {
  const random = new SeededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'chatferry-killed-'));
  try {
    await using line = await startLine({ port: store.port, roundTripMs: 10, bytesPerSecond: 2_000_000 });
    const path = join(folder, 'film.mp4');
    const base = {
      place: store.place,
      origin: `http://127.0.0.1:${line.port}`,
      folder,
      path,
      most: CONNECTIONS,
      partBytes: PART_BYTES,
    };

    const usual = await wholeRun(line, { ...base, name: 'usual' }, newFile(path));
    const headerBytes = usual.upBytes - FILE_BYTES + ASKED_AGAIN_BYTES;
    onRun?.(`never killed: ${usual.upBytes} bytes to the server in ${usual.elapsedMs} ms`);

    let kills = 0;
    let fileCount = 0;
    let againBytes = 0;
    while (kills < killCount) {
      const content = newFile(path);
      const upload: ChildUpload = { ...base, name: `film-${fileCount}` };
      const before = line.upBytes;
      let shown = 0;
      let killsOfFile = 0;
      const starts: string[] = [];
      for (;;) {
        const moment = kills < killCount ? pickMoment(random, usual.elapsedMs) : undefined;
        const run = await runUntil(line, upload, moment);
        if (shown === 100) shown = 0; // It was over when it was killed: the next run is an upload of its own.
        for (const percentage of run.percentages) {
          expect(percentage, 'what is shown went back').toBeGreaterThanOrEqual(shown);
          shown = percentage;
        }
        if (run.end !== undefined) {
          // Killed behind its end, it is there already: its bytes are compared either way.
          expect(['uploaded', 'present']).toContain(run.end.end);
          starts.push(...run.end.notes.filter((note) => note.includes('starts over')));
          const stored = await store.read(run.end.remoteId ?? '');
          expect(stored?.equals(content), `film-${fileCount} is another file`).toBe(true);
          break;
        }
        kills += 1;
        killsOfFile += 1;
        onRun?.(
          `film-${fileCount} killed ${JSON.stringify(moment)}: ${line.upBytes - before} bytes at the server, ${shown} %`,
        );
      }
      const notes = starts.length === 0 ? '' : `; ${starts.join(' ')}`;
      const again = line.upBytes - before - FILE_BYTES;
      const most = killsOfFile * CONNECTIONS * PART_BYTES + (killsOfFile + 1) * headerBytes;
      onRun?.(
        `film-${fileCount} whole after ${killsOfFile} kills: ${again} bytes beside its own, ${most} allowed${notes}`,
      );
      expect(again).toBeLessThanOrEqual(most);
      expect(readdirSync(join(folder, 'sessions')).filter((name) => name.endsWith('.json'))).toEqual([]);
      againBytes += again;
      fileCount += 1;
    }
    expect(await store.fileCount(), 'a file was left beside the others').toBe(fileCount + 1);
    expect(readdirSync(join(folder, 'sessions')).filter((name) => name.startsWith('.run-'))).toEqual([]);
    return { killCount: kills, fileCount, againBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** When the run is killed: when the server has got so many bytes more, or so long after its first byte. */
type Moment = { readonly upBytes: number } | { readonly afterMs: number };

function pickMoment(random: SeededRandom, usualMs: number): Moment {
  return random.chance(0.7) ? { upBytes: random.int(1, FILE_BYTES / 2) } : { afterMs: random.int(0, usualMs) };
}

function newFile(path: string): Buffer {
  const content = randomBytes(FILE_BYTES);
  writeFileSync(path, content);
  return content;
}

interface ChildRun {
  readonly percentages: readonly number[];
  /** Undefined where it was killed before. */
  readonly end: Extract<ChildLine, { end: string }> | undefined;
}

async function wholeRun(line: Line, upload: ChildUpload, content: Buffer) {
  const upBytes = line.upBytes;
  const startedMs = performance.now();
  const { end } = await runUntil(line, upload, undefined);
  expect(end?.end).toBe('uploaded');
  return { upBytes: line.upBytes - upBytes, elapsedMs: Math.round(performance.now() - startedMs), content };
}

async function runUntil(line: Line, upload: ChildUpload, moment: Moment | undefined): Promise<ChildRun> {
  const child = spawn(process.execPath, ['--import', LOADER, CHILD, JSON.stringify(upload)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const percentages: number[] = [];
  let end: ChildRun['end'];
  const lines = createInterface(child.stdout).on('line', (text) => {
    const said = JSON.parse(text) as ChildLine;
    if ('end' in said) end = said;
    else percentages.push(said.percentage);
  });
  if (moment !== undefined) await killAt(child, line, moment);
  await closed;
  lines.close();
  expect(end !== undefined || child.signalCode === 'SIGKILL', 'a run ended by itself without a result').toBe(true);
  return { percentages, end };
}

/** Looks at the line often: a moment has no event of its own. */
async function killAt(child: ChildProcess, line: Line, moment: Moment): Promise<void> {
  const before = line.upBytes;
  let startedMs: number | undefined;
  while (child.exitCode === null) {
    const upBytes = line.upBytes - before;
    if (upBytes > 0) startedMs ??= performance.now();
    const elapsedMs = startedMs === undefined ? -1 : performance.now() - startedMs;
    if ('upBytes' in moment ? upBytes >= moment.upBytes : elapsedMs >= moment.afterMs) break;
    await sleep(1);
  }
  child.kill('SIGKILL');
}
