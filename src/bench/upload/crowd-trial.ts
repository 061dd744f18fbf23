import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';

import type { ScenarioOptions } from '../scenario.js';
import type { BenchStore } from './stores/bench-store.js';
import { LINE } from './upload-parts.js';
import { openStage, runClientProcess } from './upload-stage.js';
import type { BenchFile } from './upload-task.js';

/** The number of processes that share the uploads, because one process sends at most 64 requests at once. */
const PROCESS_COUNT = 4;

/** The result of many uploads at once. */
export interface CrowdTrial {
  readonly wallSeconds: number;
  readonly uploadedCount: number;
  /** Failed files by error code. */
  readonly failures: Readonly<Record<string, number>>;
}

export interface CrowdTrialOptions extends Pick<ScenarioOptions, 'directory' | 'signal'> {
  readonly store: BenchStore;
  readonly files: readonly BenchFile[];
  readonly run: string;
}

/** Sends all files at the same time, from several processes that share one folder of sessions. */
export async function sendAllAtOnce({ store, files, run, directory, signal }: CrowdTrialOptions): Promise<CrowdTrial> {
  await using stage = await openStage(store, { line: LINE, run, directory });
  const { access, folder } = stage;
  const shares = Array.from({ length: PROCESS_COUNT }, (_, share) =>
    files.filter((__, index) => index % PROCESS_COUNT === share),
  ).filter((share) => share.length > 0);
  const runs = await Promise.all(
    shares.map(async (share, index) => {
      const own = join(folder, String(index));
      await mkdir(own);
      const environment = { ...access.environment, UPLOAD_SESSION_DIR: join(folder, 'sessions') };
      return runClientProcess(
        { kind: 'upload', client: 'chatferry', files: share, target: access.target, parallelCount: share.length },
        { folder: own, access: { ...access, environment }, signal },
      );
    }),
  );
  await store.removeFiles(run, files);
  const failures: Record<string, number> = {};
  for (const { failures: own } of runs) {
    for (const [code, count] of Object.entries(own)) failures[code] = (failures[code] ?? 0) + count;
  }
  return {
    wallSeconds: Math.max(...runs.map(({ wallSeconds }) => wallSeconds)),
    uploadedCount: runs.reduce((sum, { uploadedCount }) => sum + uploadedCount, 0),
    failures,
  };
}
