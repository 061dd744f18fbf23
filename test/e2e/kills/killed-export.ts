import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect } from 'vitest';

import { SeededRandom } from '../../../src/simulator/world/seeded-random.js';
import { startChatferry } from '../../cli/run-chatferry.js';
import { comparable, expectFilesOfRecords, expectWhole, readArchive, treeOf } from '../archive-check.js';
import type { FerryWorld } from '../ferry-world.js';
import { FetchLedger } from '../fetch-ledger.js';
import type { SimulatedExport } from '../simulated-export.js';

const PRELOAD = new URL('./kill-at-call.mjs', import.meta.url).href;
/** The preloaded file looks into a source file of the program, so it needs the loader as well. */
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** How a run of the program ended. */
export interface ProgramEnd {
  /** Null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly child: ChildProcessWithoutNullStreams;
  readonly end: Promise<ProgramEnd>;
}

/** Starts `chatferry export` of the chat as a process of its own. */
export async function startExport(
  trip: SimulatedExport,
  into: string,
  env: Readonly<Record<string, string>> = {},
  options: readonly string[] = [],
): Promise<RunningProgram> {
  const keyFile = join(trip.directory, 'server.pem');
  await writeFile(keyFile, trip.simulator.publicKeyPem);
  const child = startChatferry(['export', trip.chat, '--out', trip.path(into), ...options], {
    cwd: trip.directory,
    env: { ...trip.variables(), TELEGRAM_PUBLIC_KEY_FILE: keyFile, MAX_PARALLEL_MEDIA: '6', ...env },
  });
  child.stdin.end();
  return { child, end: endOf(child) };
}

async function endOf(child: ChildProcessWithoutNullStreams): Promise<ProgramEnd> {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

export interface KillOptions {
  readonly ferry: FerryWorld;
  readonly trip: SimulatedExport;
  readonly killCount: number;
  readonly seed: number;
  /** Called after each run that was killed, and after each that got through. */
  readonly onRun?: (text: string) => void;
}

/** What a campaign did. */
export interface KillReport {
  readonly killCount: number;
  /** Exports that got to their end, some after many kills, and were compared with one that was never killed. */
  readonly completedCount: number;
  /** Calls to the file system and commits of a whole run: each has a moment before it and one after. */
  readonly callCount: number;
  /** Parts that were served more than once, over all exports. */
  readonly againCount: number;
}

/**
 * Kills the program, as kill -9 does, at random moments: while the server answers a request, or before or after a call
 * to the file system or a commit. Runs it again, and kills it again, until it gets through. After each kill what was
 * acknowledged must be there whole; at the end the archive must be equal to one that was never killed, and each kill may
 * have cost each file that was open one part and no more.
 *
 * The archive `uninterrupted` must exist.
 */
export async function killOverAndOver({ ferry, trip, killCount, seed, onRun }: KillOptions): Promise<KillReport> {
  const random = new SeededRandom(seed);
  const wanted = await treeOf(trip.path('uninterrupted'));
  const content = comparable(await readArchive(trip.path('uninterrupted')));
  const { callCount, requestCount } = await countMoments(trip);

  let kills = 0;
  let completedCount = 0;
  let againCount = 0;
  while (kills < killCount || completedCount === 0) {
    const into = `killed-${seed}-${completedCount}`;
    const ledger = new FetchLedger(ferry);
    for (;;) {
      // When all kills are spent the last export is let through.
      const moment = kills < killCount ? pickMoment(random, { callCount, requestCount }) : {};
      const killedAtMs = await runUntil({ trip, into, ledger }, moment);
      if (killedAtMs === undefined) {
        ledger.ended();
        onRun?.(`${into} got through ${JSON.stringify(moment)}`);
        break;
      }
      kills += 1;
      ledger.killed(killedAtMs, await treeOf(trip.path(into)).catch(noTreeYet));
      const count = await expectAcknowledged(trip.path(into), ferry);
      onRun?.(`${into} killed at ${JSON.stringify(moment)}, with ${count} messages acknowledged`);
    }
    ledger.expectLittleTwice();
    againCount += ledger.againCount;
    await expectWhole(trip.path(into), ferry);
    expect(await treeOf(trip.path(into))).toEqual(wanted);
    expect(comparable(await readArchive(trip.path(into)))).toEqual(content);
    completedCount += 1;
  }
  return { killCount: kills, completedCount, callCount, againCount };
}

interface Moment {
  /** As kill-at-call.mjs counts them. */
  readonly call?: number;
  /** The nth request that reaches the server. */
  readonly request?: number;
}

function pickMoment(random: SeededRandom, counts: { callCount: number; requestCount: number }): Moment {
  return random.chance(0.3)
    ? { request: random.int(1, counts.requestCount) }
    : { call: random.int(1, 2 * counts.callCount) };
}

async function countMoments(trip: SimulatedExport): Promise<{ callCount: number; requestCount: number }> {
  const countFile = join(trip.directory, 'call-count');
  let requestCount = 0;
  trip.simulator.setNetwork({
    fault: () => {
      requestCount += 1;
      return undefined;
    },
  });
  const { end } = await startExport(trip, 'counted', { ...preloaded, CALL_COUNT_FILE: countFile });
  const { code, stderr } = await end;
  expect(code, stderr).toBe(0);
  return { callCount: Number(await readFile(countFile, 'utf8')), requestCount };
}

const preloaded = { NODE_OPTIONS: `--import=${LOADER} --import=${PRELOAD}` };

interface WatchedExport {
  readonly trip: SimulatedExport;
  readonly into: string;
  readonly ledger: FetchLedger;
}

/** @returns When it was killed; undefined when it got through with exit code 0. */
async function runUntil({ trip, into, ledger }: WatchedExport, { call, request }: Moment): Promise<number | undefined> {
  const { child, end } = await startExport(trip, into, { ...preloaded, KILL_AT_CALL: String(call ?? 0) });
  let killedAtMs: number | undefined;
  const isOver = (): void => {
    killedAtMs ??= performance.now();
  };
  child.once('exit', isOver);
  let requestCount = 0;
  trip.simulator.setNetwork({
    fault: (asked) => {
      requestCount += 1;
      const answer = ledger.answer(asked);
      if (requestCount !== request) return answer;
      child.kill('SIGKILL');
      isOver();
      return answer;
    },
  });
  const { code, stderr } = await end;
  await trip.expectNoConnections();
  trip.simulator.setNetwork({});
  if (child.signalCode === 'SIGKILL') return killedAtMs;
  expect(code, stderr).toBe(0);
  return undefined;
}

/** Killed before there was a folder. */
function noTreeYet(error: unknown): Readonly<Record<string, string>> {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
  throw error;
}

/**
 * What a killed run had acknowledged is there whole, readable as it was left, and nothing is ahead of its files.
 *
 * @returns How many messages that are.
 */
async function expectAcknowledged(directory: string, { messageIds, expected }: FerryWorld): Promise<number> {
  const content = await readArchive(directory).catch(noChatYet);
  if (content === undefined) return 0;
  const { records, cursor, missing, folder } = content;
  expect(records.map(({ message }) => message.id)).toEqual(messageIds.slice(0, records.length));
  expect(cursor).toBe(records.at(-1)?.message.id);
  expect(missing).toEqual([]);
  const hashes = records.flatMap(({ media }) =>
    media.map((record) => (record.state === 'stored' ? record.file.sha256 : '')),
  );
  const reached = expected.filter(({ messageId }) => messageId <= (cursor ?? 0));
  expect(hashes).toEqual(expect.arrayContaining(reached.map(({ sha256 }) => sha256)));
  await expectFilesOfRecords(folder, records, { isWhole: false });
  return records.length;
}

/** Killed before there was anything to acknowledge. */
function noChatYet(error: unknown): undefined {
  if (error instanceof RangeError || /There is no archive|no archive of|version 0 of the archive/.test(String(error)))
    return undefined;
  throw error;
}
