import { join } from 'node:path';

import type { Measurements } from '../bench-document.js';
import type { ScenarioOptions } from '../scenario.js';
import { rounded } from '../statistics.js';
import type { BenchStore } from './stores/bench-store.js';
import { sendAllAtOnce } from './crowd-trial.js';
import { killAtHalf } from './kill-trial.js';
import { startSinkStore } from './stores/s3-store.js';
import { makeSparseFile, makeUploadFiles } from './upload-files.js';
import { OPEN } from './upload-parts.js';
import { openStage, runClientProcess } from './upload-stage.js';

const BYTES_PER_MB = 1_000_000;
const PARALLEL_COUNT = 8;
const CROWD_COUNT = 200;

export const TRIAL_NAMES: readonly string[] = ['memory', 'crowd', 'kill'];

export interface TrialsOptions {
  readonly stores: { readonly s3: BenchStore; readonly tus: BenchStore };
  readonly measurements: Measurements;
  readonly sizeMb: number;
  readonly options: ScenarioOptions;
}

/** Measurements other than speed: memory by size, many uploads at once, the cost of a kill. @returns ratios. */
export async function measureTrials(trials: TrialsOptions): Promise<Readonly<Record<string, number>>> {
  const { only } = trials.options;
  const isChosen = (name: string): boolean => only.length === 0 || only.includes(name);
  return {
    ...(isChosen('memory') ? await memoryTrial(trials) : {}),
    ...(isChosen('crowd') ? await crowdTrial(trials) : {}),
    ...(isChosen('kill') ? await killTrial(trials) : {}),
  };
}

/**
 * Memory of the process that sends a file of 50 MB or 5 GB to S3 with 8 requests, or the smaller one to tus, which
 * needs no SDK.
 */
async function memoryTrial({ stores, measurements, sizeMb, options }: TrialsOptions): Promise<Record<string, number>> {
  const { directory, signal, runCount, onRun } = options;
  await using sink = await startSinkStore();
  const smallBytes = (sizeMb / 2) * BYTES_PER_MB;
  const sizes = [
    { name: 'memory-50mb', sizeBytes: smallBytes, store: sink },
    { name: 'memory-5gb', sizeBytes: smallBytes * 100, store: sink },
    { name: 'memory-tus-50mb', sizeBytes: smallBytes, store: stores.tus },
  ];
  for (let round = 1; round <= runCount; round += 1) {
    for (const { name, sizeBytes, store } of sizes) {
      const run = `${name}-${round}`;
      const file = await makeSparseFile(join(directory, `${name}.bin`), sizeBytes);
      await using stage = await openStage(store, { line: OPEN, run, directory });
      const { target } = stage.access;
      const { peakResidentBytes, wallSeconds } = await runClientProcess(
        { kind: 'upload', client: 'chatferry', files: [file], target, parallelCount: PARALLEL_COUNT },
        { ...stage, signal },
      );
      await store.removeFiles(run, [file]);
      const megabytes = peakResidentBytes / BYTES_PER_MB;
      measurements.add(name, 'peak-memory', { unit: 'MB', value: megabytes });
      measurements.add(name, 'wall', { unit: 's', value: wallSeconds });
      onRun(`${name} ${round}/${runCount}: ${megabytes.toFixed(0)} MB`);
    }
  }
  const peak = (name: string): number => measurements.median(name, 'peak-memory');
  return { 'memory-5gb/50mb': rounded(peak('memory-5gb') / peak('memory-50mb')) };
}

/** 200 uploads at once over the line. */
async function crowdTrial({ stores, measurements, sizeMb, options }: TrialsOptions): Promise<Record<string, number>> {
  const { directory, signal, runCount, onRun } = options;
  const sizeBytes = sizeMb * 5000;
  const count = CROWD_COUNT;
  const files = await makeUploadFiles(join(directory, 'crowd'), { count, sizeBytes, signal });
  for (let round = 1; round <= runCount; round += 1) {
    const crowd = await sendAllAtOnce({ store: stores.tus, files, run: `crowd-${round}`, directory, signal });
    const { uploadedCount, failures, wallSeconds } = crowd;
    const timeoutCount = failures['TIMEOUT'] ?? 0;
    measurements.add('crowd', 'wall', { unit: 's', value: wallSeconds });
    measurements.add('crowd', 'uploaded', { unit: 'files', value: uploadedCount });
    measurements.add('crowd', 'timeouts', { unit: '%', value: (timeoutCount / count) * 100 });
    measurements.add('crowd', 'refused', { unit: 'files', value: count - uploadedCount - timeoutCount });
    onRun(`crowd ${round}/${runCount}: ${uploadedCount} of ${count} in ${wallSeconds.toFixed(1)} s`);
  }
  return {};
}

/** A kill at half of a file that goes in 8 parts at a time. */
async function killTrial({ stores, measurements, sizeMb, options }: TrialsOptions): Promise<Record<string, number>> {
  const { directory, signal, runCount, onRun } = options;
  const sizeBytes = sizeMb * BYTES_PER_MB;
  const [file] = await makeUploadFiles(join(directory, 'kill'), { count: 1, sizeBytes, signal });
  if (file === undefined) return {};
  for (let round = 1; round <= runCount; round += 1) {
    const { resentBytes, inFlightBytes } = await killAtHalf({
      store: stores.s3,
      file,
      parallelCount: PARALLEL_COUNT,
      run: `kill-${round}`,
      directory,
      signal,
    });
    measurements.add('kill', 'sent-again', { unit: 'MB', value: resentBytes / BYTES_PER_MB });
    measurements.add('kill', 'in-flight', { unit: 'MB', value: inFlightBytes / BYTES_PER_MB });
    onRun(`kill ${round}/${runCount}: ${(resentBytes / BYTES_PER_MB).toFixed(1)} MB sent again`);
  }
  const found = (metric: string): number => measurements.median('kill', metric);
  return { 'kill-sent-again/in-flight': rounded(found('sent-again') / found('in-flight')) };
}
