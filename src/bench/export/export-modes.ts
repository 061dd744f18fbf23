import { join } from 'node:path';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { Measurements } from '../bench-document.js';
import { startBenchTelegram } from './bench-telegram.js';
import { concurrencyPicture } from './concurrency-picture.js';
import { type ExportRun, runExportOnce } from './export-run.js';
import type { Scenario, ScenarioOptions, ScenarioResult } from '../scenario.js';
import { rounded } from '../statistics.js';

const MODES = ['sequential', 'batch', 'window'] as const;
type Mode = (typeof MODES)[number];

/** Round-trip time of a request, as measured from Europe to Telegram's nearer DCs at busy times. */
const LATENCY_MS = 100;
const MESSAGE_COUNT = 400;
const BYTES_PER_MB = 1_000_000;

/** The same export in the three modes. Shows the effect of parallel jobs, and of parallel jobs across batches. */
export const exportModes: Scenario = {
  name: 'export',
  description: `a lively chat's mix at ${LATENCY_MS} ms a request, in the modes ${MODES.join(', ')}`,
  isDefault: true,
  run: measure,
};

async function measure(options: ScenarioOptions): Promise<ScenarioResult> {
  const { directory, signal, runCount, maxParallel, onRun, messageCount = MESSAGE_COUNT } = options;
  await using telegram = await startBenchTelegram({
    world: 'lively',
    messageCount,
    latencyMs: LATENCY_MS,
    directory,
    signal,
  });
  const measurements = new Measurements(MODES);
  const last = new Map<Mode, ExportRun>();
  for (let round = 1; round <= runCount; round += 1) {
    for (const mode of alternated(round)) {
      const run = await runExportOnce({
        args: ['--mode', mode, '--max-parallel', String(maxParallel)],
        chat: '@synthetic_chat',
        environment: telegram.environment,
        directory: join(directory, 'archive'),
        signal,
      });
      checkSame(run, last.values().next().value);
      last.set(mode, run);
      record(measurements, mode, run);
      onRun(`${mode} ${round}/${runCount}: ${run.wallSeconds.toFixed(1)} s, mean ${run.meanConcurrency.toFixed(1)}`);
    }
  }
  const wall = (mode: Mode): number => measurements.median(mode, 'wall');
  return {
    document: {
      scenario: `${exportModes.name}: ${messageCount} messages, ${exportModes.description}, ${maxParallel} permits`,
      results: measurements.results(),
      ratios: {
        'window/sequential': rounded(wall('sequential') / wall('window')),
        'window/batch': rounded(wall('batch') / wall('window')),
        'batch/sequential': rounded(wall('sequential') / wall('batch')),
      },
      limit: limitOf(measurements),
    },
    picture: concurrencyPicture(
      MODES.flatMap((mode) => {
        const run = last.get(mode);
        return run === undefined ? [] : [{ title: mode, wallSeconds: run.wallSeconds, series: run.series }];
      }),
      maxParallel,
    ),
  };
}

/** Each round begins with another mode, so that drift of the machine affects all equally. */
function alternated(round: number): readonly Mode[] {
  return MODES.map((_, index) => MODES[(index + round) % MODES.length] ?? 'window');
}

function checkSame(run: ExportRun, other: ExportRun | undefined): void {
  if (other === undefined || other.digest === run.digest) return;
  throw new ChatferryError('INTERNAL', 'Two modes produced different exports: the comparison would be invalid.');
}

function record(measurements: Measurements, mode: Mode, run: ExportRun): void {
  measurements.add(mode, 'wall', { unit: 's', value: run.wallSeconds });
  measurements.add(mode, 'throughput', { unit: 'MB/s', value: run.bytes / BYTES_PER_MB / run.wallSeconds });
  measurements.add(mode, 'utilisation', { unit: '%', value: run.utilisation * 100 });
  measurements.add(mode, 'mean-concurrency', { unit: 'jobs', value: run.meanConcurrency });
  measurements.add(mode, 'cpu', { unit: 's', value: run.cpuSeconds });
  measurements.add(mode, 'peak-memory', { unit: 'MB', value: run.peakResidentBytes / BYTES_PER_MB });
}

/** A process that keeps one core busy nearly all the time is bound by that core. In a download, the core decrypts. */
function limitOf(measurements: Measurements): string {
  const share = measurements.median('window', 'cpu') / measurements.median('window', 'wall');
  const percent = `${(share * 100).toFixed(0)} % of one core`;
  return share > 0.8
    ? `the client's own processor time: window mode took ${percent}`
    : `waiting for answers: window mode took ${percent}`;
}
