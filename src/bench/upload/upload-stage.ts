import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type ChildEnvironment, runToEnd } from '../child-program.js';
import { emptiedFolder } from '../emptied-folder.js';
import type { ScenarioOptions } from '../scenario.js';
import type { BenchStore, StoreAccess } from './stores/bench-store.js';
import { type Line, startLine } from './line-proxy.js';
import type { BenchLine } from './upload-parts.js';
import { readUploadRun, type UploadRun, type UploadTask } from './upload-task.js';

/** The environment of a client, without the user's own settings. @param folder - For its sessions. */
export function clientEnvironment(
  { environment }: StoreAccess,
  { folder, parallelCount }: { readonly folder: string; readonly parallelCount: number },
): ChildEnvironment {
  return {
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    APPDATA: folder,
    UPLOAD_SESSION_DIR: join(folder, 'sessions'),
    UPLOAD_MAX_PARALLEL: String(parallelCount),
    ...Object.fromEntries(OTHER_SETTINGS.map((name) => [name, undefined])),
    ...environment,
  };
}

const OTHER_SETTINGS = [
  'UPLOAD_CHUNK_SIZE',
  'UPLOAD_MAX_RETRIES',
  'UPLOAD_PARALLEL_PERCENT',
  'UPLOAD_BANDWIDTH_LIMIT',
  'UPLOAD_BANDWIDTH_ADAPTIVE',
  'UPLOAD_COMPRESS',
  'UPLOAD_TIMEOUT_SECONDS',
  'S3_STORAGE_CLASS',
  'S3_SERVER_SIDE_ENCRYPTION',
  'S3_CHECKSUMS',
  'TUS_TOKEN',
];

export interface ClientPlace extends Pick<ScenarioOptions, 'signal'> {
  /** The folder for its task and sessions. */
  readonly folder: string;
  readonly access: StoreAccess;
}

/** Writes the task of a client to a file. @returns the arguments that start the client. */
export async function clientArguments(task: UploadTask, folder: string): Promise<readonly string[]> {
  const taskFile = join(folder, 'task.json');
  await writeFile(taskFile, JSON.stringify(task));
  return ['bench', 'upload', '--client', taskFile, '--json'];
}

/** Runs one client in its own process until it ends. */
export async function runClientProcess(task: UploadTask, { folder, access, signal }: ClientPlace): Promise<UploadRun> {
  const environment = clientEnvironment(access, { folder, parallelCount: task.parallelCount });
  const args = await clientArguments(task, folder);
  return readUploadRun((await runToEnd(args, { environment, cwd: folder, signal })).trim());
}

/** A store behind a line, and a folder for one run. */
export interface Stage extends AsyncDisposable {
  readonly line: Line;
  readonly access: StoreAccess;
  readonly folder: string;
}

/** @param run - Names it at the store. */
export async function openStage(
  store: BenchStore,
  { line: { roundTripMs, bytesPerSecond }, run, directory }: StageOptions,
): Promise<Stage> {
  const folder = await emptiedFolder(join(directory, 'client'));
  const line = await startLine({ port: store.port, roundTripMs, bytesPerSecond });
  return {
    line,
    access: store.access(line.port, run),
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export interface StageOptions extends Pick<ScenarioOptions, 'directory'> {
  readonly line: BenchLine;
  readonly run: string;
}
