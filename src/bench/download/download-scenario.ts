import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { SessionFile } from '../../source/telegram/login/session-file.js';
import { Measurements } from '../bench-document.js';
import { type BenchTelegram, startBenchTelegram } from '../export/bench-telegram.js';
import { runToEnd } from '../child-program.js';
import { type DownloadClientName, type DownloadRun, type DownloadTask, readDownloadRun } from './download-client.js';
import type { SubjectAccess } from './download-subject.js';
import type { Scenario, ScenarioOptions, ScenarioResult } from '../scenario.js';
import { rounded } from '../statistics.js';
import { type ThroughputPanel, throughputPicture } from './throughput-picture.js';

const CLIENTS = ['chatferry', 'gramjs', 'mtcute'] as const satisfies readonly DownloadClientName[];
const RIVALS = CLIENTS.filter((client) => client !== 'chatferry');

/** One large file of this many MB, and this many small ones. */
const FILE_COUNT = 200;
const BYTES_PER_MB = 1_000_000;
const BYTES_PER_GB = 1_000_000_000;
/** The highest reported speed of one connection to Telegram. */
const LINE_KB_S = 8000;
const NETWORKS = [
  { name: '0ms', latencyMs: 0 },
  { name: '50ms', latencyMs: 50 },
  { name: '0ms-8MBps', latencyMs: 0, bandwidthKbS: LINE_KB_S },
  { name: '50ms-8MBps', latencyMs: 50, bandwidthKbS: LINE_KB_S },
] as const;
type Network = (typeof NETWORKS)[number];

interface Work {
  readonly name: 'large' | 'small' | 'mixed' | 'history' | 'line';
  readonly chat: string;
  readonly kind: DownloadTask['work'];
  /** The lines to measure on. A narrow line tells nothing new about messages, which are small. */
  readonly lines: readonly ('wide' | 'narrow')[];
  /** If set, measures without rivals and with this many connections how much of their capacity is used. */
  readonly connectionCount?: number;
}

const WORKS: readonly Work[] = [
  { name: 'large', chat: 'bench_large', kind: 'files', lines: ['wide', 'narrow'] },
  { name: 'small', chat: 'bench_small', kind: 'files', lines: ['wide', 'narrow'] },
  { name: 'mixed', chat: 'bench_mixed', kind: 'files', lines: ['wide'] },
  { name: 'history', chat: 'bench_text', kind: 'history', lines: ['wide'] },
  { name: 'line', chat: 'bench_line', kind: 'files', lines: ['narrow'], connectionCount: 4 },
];

const PARTS = NETWORKS.flatMap((network) => {
  const line = 'bandwidthKbS' in network ? 'narrow' : 'wide';
  const works = WORKS.filter(({ lines }) => lines.includes(line));
  return works.map((work) => ({ name: `${work.name}-${network.name}`, work, network }));
});

/** Compares downloads and history with two other clients, each in its own process. */
export const downloads: Scenario = {
  name: 'download',
  description: 'this program, stock gramjs and mtcute: one large file, many small ones, a mix, a history',
  isDefault: false,
  parts: PARTS.map(({ name }) => name),
  run: measure,
};

async function measure(options: ScenarioOptions): Promise<ScenarioResult> {
  const { messageCount: fileCount = FILE_COUNT, maxParallel } = options;
  const measurements = new Measurements();
  const ratios: Record<string, number> = {};
  const panels: ThroughputPanel[] = [];
  const limits: string[] = [];
  for (const network of NETWORKS) {
    const parts = PARTS.filter((part) => part.network === network && isChosen(part.name, options.only));
    if (parts.length === 0) continue;
    const bandwidth = 'bandwidthKbS' in network ? { bandwidthKbS: network.bandwidthKbS } : {};
    await using telegram = await startBenchTelegram({
      world: 'download',
      messageCount: fileCount,
      latencyMs: network.latencyMs,
      ...bandwidth,
      directory: options.directory,
      signal: options.signal,
    });
    const access = await accessTo(telegram);
    for (const { name, work } of parts) {
      const last = await runRounds(name, { work, telegram, access, measurements, options });
      if (work.connectionCount === undefined) compare(name, { measurements, ratios });
      else ratios[`${name}/line`] = shareOfLine(name, work.connectionCount, measurements);
      limits.push(limitOf(name, { measurements, network }));
      if (work.name === 'large') panels.push(...panelsOf(name, last));
    }
  }
  return {
    document: {
      scenario:
        `${downloads.name}: one file of ${fileCount} MB, ${fileCount} of 200 KB, ${fileCount} in a chat's mix, ` +
        `${fileCount * 50} messages, and four files over four connections of ${LINE_KB_S / 1000} MB/s; ` +
        `gramjs one file at a time as it does, the others ${maxParallel} files at a time; each file synced to disk by all`,
      results: measurements.results(),
      ratios,
      limit: limits.join('; '),
    },
    picture: throughputPicture(panels),
  };
}

function isChosen(name: string, only: readonly string[]): boolean {
  return only.length === 0 || only.includes(name);
}

async function accessTo({ server, sessionFile }: BenchTelegram): Promise<SubjectAccess> {
  await using file = await SessionFile.open(sessionFile);
  const session = await file.read();
  if (session === undefined) throw new ChatferryError('INTERNAL', `The login left no session in ${sessionFile}.`);
  const { dcs, phone, code, publicKeyFile } = server;
  return { dcs, phone, code, session, publicKeyPem: await readFile(publicKeyFile, 'utf8') };
}

interface Rounds {
  readonly work: Work;
  readonly telegram: BenchTelegram;
  readonly access: SubjectAccess;
  readonly measurements: Measurements;
  readonly options: ScenarioOptions;
}

/** @returns The last run of each client. */
async function runRounds(
  name: string,
  { work, telegram, access, measurements, options }: Rounds,
): Promise<ReadonlyMap<DownloadClientName, DownloadRun>> {
  const { directory, runCount, maxParallel, onRun, signal } = options;
  const last = new Map<DownloadClientName, DownloadRun>();
  for (let round = 1; round <= runCount; round += 1) {
    for (const client of work.connectionCount === undefined ? alternated(round) : (['chatferry'] as const)) {
      const task: DownloadTask = {
        client,
        access,
        chat: work.chat,
        work: work.kind,
        // gramjs itself cannot fetch several files at once.
        parallelCount: client === 'gramjs' ? 1 : (work.connectionCount ?? maxParallel),
        directory: join(directory, 'files'),
      };
      const taskFile = join(directory, 'task.json');
      await writeFile(taskFile, JSON.stringify(task));
      // With this many media at once, it uses as many connections.
      const media = work.connectionCount === undefined ? {} : { MAX_PARALLEL_MEDIA: String(work.connectionCount) };
      const child = { environment: { ...telegram.environment, ...media }, cwd: directory, signal };
      const run = readDownloadRun((await runToEnd(['bench', '--client', taskFile, '--json'], child)).trim());
      checkSame(name, run, last.values().next().value);
      last.set(client, run);
      record(measurements, `${name}/${client}`, { run, work });
      onRun(`${name} ${client} ${round}/${runCount}: ${run.wallSeconds.toFixed(2)} s`);
    }
  }
  return last;
}

/** Each round begins with another client, so that drift of the machine affects all equally. */
function alternated(round: number): readonly DownloadClientName[] {
  return CLIENTS.map((_, index) => CLIENTS[(index + round) % CLIENTS.length] ?? 'chatferry');
}

function checkSame(name: string, run: DownloadRun, other: DownloadRun | undefined): void {
  if (run.messageCount > 0 && (other === undefined || other.digest === run.digest)) return;
  throw new ChatferryError('INTERNAL', `Two clients fetched different data in ${name}: the comparison is invalid.`);
}

function record(
  measurements: Measurements,
  subject: string,
  { run, work }: { readonly run: DownloadRun; readonly work: Work },
): void {
  const { wallSeconds, cpuSeconds, peakResidentBytes, bytes, messageCount } = run;
  measurements.add(subject, 'wall', { unit: 's', value: wallSeconds });
  if (work.kind === 'files') {
    measurements.add(subject, 'throughput', { unit: 'MB/s', value: bytes / BYTES_PER_MB / wallSeconds });
    measurements.add(subject, 'cpu-per-gb', { unit: 's', value: cpuSeconds / (bytes / BYTES_PER_GB) });
  }
  if (work.name !== 'large' && work.name !== 'line') {
    const what = work.kind === 'history' ? 'messages' : 'files';
    measurements.add(subject, what, { unit: '1/s', value: messageCount / wallSeconds });
  }
  measurements.add(subject, 'cpu', { unit: 's', value: cpuSeconds });
  measurements.add(subject, 'peak-memory', { unit: 'MB', value: peakResidentBytes / BYTES_PER_MB });
}

function compare(
  name: string,
  { measurements, ratios }: { readonly measurements: Measurements; readonly ratios: Record<string, number> },
): void {
  const own = measurements.median(`${name}/chatferry`, 'wall');
  for (const rival of RIVALS)
    ratios[`${name}/${rival}`] = rounded(measurements.median(`${name}/${rival}`, 'wall') / own);
}

/** Received bytes divided by the capacity of the connections: 0 … 1. */
function shareOfLine(name: string, connectionCount: number, measurements: Measurements): number {
  const bytesPerSecond = measurements.median(`${name}/chatferry`, 'throughput') * BYTES_PER_MB;
  return rounded(bytesPerSecond / (connectionCount * LINE_KB_S * 1000));
}

/** The bottleneck of this program, judged by its processor time and the use of the line. */
function limitOf(
  name: string,
  { measurements, network }: { readonly measurements: Measurements; readonly network: Network },
): string {
  const own = `${name}/chatferry`;
  const share = measurements.median(own, 'cpu') / measurements.median(own, 'wall');
  const percent = `${(share * 100).toFixed(0)} % of one core`;
  if (share > 0.8) return `${name}: the client's own processor time (${percent}): deciphering, hashing, decoding`;
  if ('bandwidthKbS' in network) {
    const rate = measurements.median(own, 'throughput') * BYTES_PER_MB;
    const connections = (rate / (network.bandwidthKbS * 1000)).toFixed(1);
    return `${name}: the line, of which it filled ${connections} connections (${percent})`;
  }
  return network.latencyMs > 0 && share < 0.4
    ? `${name}: waiting for the network (${percent})`
    : `${name}: the server, which shares this machine (${percent})`;
}

function panelsOf(name: string, runs: ReadonlyMap<DownloadClientName, DownloadRun>): readonly ThroughputPanel[] {
  return CLIENTS.flatMap((client) => {
    const run = runs.get(client);
    return run === undefined ? [] : [{ title: `${name} ${client}`, ...run }];
  });
}
