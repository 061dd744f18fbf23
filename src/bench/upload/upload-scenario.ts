import { join } from 'node:path';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { Measurements } from '../bench-document.js';
import type { Scenario, ScenarioOptions, ScenarioResult } from '../scenario.js';
import { speedPicture } from '../media/speed-picture.js';
import { rounded } from '../statistics.js';
import type { BenchStore } from './stores/bench-store.js';
import { startS3Store } from './stores/s3-store.js';
import { hasS3cmd, runS3cmd } from './clients/s3cmd-uploader.js';
import { startTusStore } from './stores/tus-store.js';
import { makeUploadFiles } from './upload-files.js';
import { ratioName, UPLOAD_PARTS, type UploadPart, type UploadSubject } from './upload-parts.js';
import { openStage, runClientProcess } from './upload-stage.js';
import { measureTrials, TRIAL_NAMES } from './upload-trials.js';
import type { BenchFile, UploadRun } from './upload-task.js';

/** The size that other sizes are relative to. */
const SIZE_MB = 100;
const BYTES_PER_MB = 1_000_000;

/**
 * Uploads one after the other and in parallel, over a line with latency and limited bandwidth, compared with other
 * clients.
 */
export const uploads: Scenario = {
  name: 'upload',
  description:
    'files sent one after the other, by 3 and by 8, over 50 ms and 4 MB/s a connection and over loopback as it is; lib-storage, tus-js-client, s3cmd',
  isDefault: false,
  parts: [...UPLOAD_PARTS.map(({ name }) => name), ...TRIAL_NAMES],
  run: measure,
};

async function measure(options: ScenarioOptions): Promise<ScenarioResult> {
  const { messageCount: sizeMb = SIZE_MB, only, directory, signal } = options;
  const measurements = new Measurements();
  const ratios: Record<string, number> = {};
  const remarks: string[] = [];
  await using s3 = await startS3Store(signal);
  await using tus = await startTusStore(directory);
  const stores = { s3, tus };
  const s3cmd = await hasS3cmd(signal);
  if (!s3cmd) remarks.push('s3cmd is not installed and was left out');
  const chosen = UPLOAD_PARTS.filter(({ name }) => only.length === 0 || only.includes(name));
  for (const part of chosen) {
    const subjects = part.subjects.filter(({ client }) => s3cmd || client !== 's3cmd');
    await runRounds({ ...part, subjects }, { store: stores[part.store], measurements, sizeMb, options });
    for (const [ours, other] of part.compared) {
      if (!subjects.some(({ name }) => name === other)) continue;
      const wall = (subject: string): number => measurements.median(`${part.name}-${subject}`, 'wall');
      ratios[ratioName(part.name, ours, other)] = rounded(wall(other) / wall(ours));
    }
  }
  Object.assign(ratios, await measureTrials({ stores, measurements, sizeMb, options }));
  return {
    document: {
      scenario: `${uploads.name}: sizes named for 100 MB, measured with ${sizeMb}; ${s3.description}, ${tus.description}; ${uploads.description}`,
      results: measurements.results(),
      ratios,
      limit: [...limitsOf(chosen), ...remarks].join('; '),
    },
    ...pictureOf(chosen, measurements),
  };
}

interface Rounds {
  readonly store: BenchStore;
  readonly measurements: Measurements;
  readonly sizeMb: number;
  readonly options: ScenarioOptions;
}

async function runRounds(part: UploadPart, { store, measurements, sizeMb, options }: Rounds): Promise<void> {
  const { runCount, onRun, signal, directory } = options;
  const { fileCount: count, permille, subjects } = part;
  const sizeBytes = Math.ceil(sizeMb * BYTES_PER_MB * (permille / 1000));
  const files = await makeUploadFiles(join(directory, `files-${count}-${sizeBytes}`), { count, sizeBytes, signal });
  for (let round = 1; round <= runCount; round += 1) {
    for (const subject of rotated(subjects, round)) {
      const name = `${part.name}-${subject.name}`;
      const run = await runOnce(part, subject, { store, files, run: `${name}-${round}`, options });
      record(measurements, name, { run, bytes: count * sizeBytes, fileCount: count });
      onRun(`${name} ${round}/${runCount}: ${run.wallSeconds.toFixed(2)} s`);
    }
  }
}

/** Each round begins with another subject, so that drift of the machine affects all equally. */
function rotated(subjects: readonly UploadSubject[], round: number): readonly UploadSubject[] {
  return subjects.flatMap((_, index) => subjects[(index + round) % subjects.length] ?? []);
}

type Measured = Pick<UploadRun, 'wallSeconds'> & Partial<UploadRun>;

interface Once {
  readonly store: BenchStore;
  readonly files: readonly BenchFile[];
  readonly run: string;
  readonly options: ScenarioOptions;
}

async function runOnce(
  { line }: UploadPart,
  { client, parallelCount }: UploadSubject,
  { store, files, run, options: { directory, signal } }: Once,
): Promise<Measured> {
  await using stage = await openStage(store, { line, run, directory });
  const { access, folder } = stage;
  let measured: Measured;
  if (client === 's3cmd') {
    if (access.s3 === undefined) throw new ChatferryError('INTERNAL', 's3cmd was given no S3 store.');
    measured = { wallSeconds: await runS3cmd(files, access.s3, { directory: folder, signal }) };
  } else {
    const { target, s3 } = access;
    measured = await runClientProcess(
      { kind: 'upload', client, files, target, s3, parallelCount },
      { folder, access, signal },
    );
  }
  await store.removeFiles(run, files);
  return measured;
}

function record(
  measurements: Measurements,
  subject: string,
  { run, bytes, fileCount }: { readonly run: Measured; readonly bytes: number; readonly fileCount: number },
): void {
  const { wallSeconds, cpuSeconds, peakResidentBytes } = run;
  measurements.add(subject, 'wall', { unit: 's', value: wallSeconds });
  measurements.add(subject, 'throughput', { unit: 'MB/s', value: bytes / BYTES_PER_MB / wallSeconds });
  if (fileCount > 1) measurements.add(subject, 'files', { unit: '1/s', value: fileCount / wallSeconds });
  if (cpuSeconds !== undefined) measurements.add(subject, 'cpu', { unit: 's', value: cpuSeconds });
  if (peakResidentBytes !== undefined) {
    measurements.add(subject, 'peak-memory', { unit: 'MB', value: peakResidentBytes / BYTES_PER_MB });
  }
}

function limitsOf(parts: readonly UploadPart[]): readonly string[] {
  const names = new Set(parts.map(({ line }) => line.name));
  return [
    ...(names.has('line') ? ['with 50 ms and 4 MB/s: the width of a connection, and round trips for small files'] : []),
    ...(names.has('open')
      ? ['without a line (…-open): processor and disk of this machine, which parallel connections do not add to']
      : []),
  ];
}

function pictureOf(parts: readonly UploadPart[], measurements: Measurements): Pick<ScenarioResult, 'picture'> {
  const rows = parts
    .filter(({ line, fileCount }) => line.name === 'line' && fileCount === 1)
    .flatMap(({ name, subjects }) =>
      subjects.flatMap((subject) => {
        const title = `${name}-${subject.name}`;
        const found = measurements.results().find((entry) => entry.subject === title && entry.metric === 'wall');
        if (found === undefined) return [];
        const perSecond = measurements.median(title, 'throughput');
        return [{ title, perSecond, note: `${found.median} s` }];
      }),
    );
  return rows.length === 0 ? {} : { picture: speedPicture(rows, 'MB a second, over 50 ms and 4 MB/s a connection') };
}
