import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { startCommand } from '../child-program.js';
import type { ScenarioOptions } from '../scenario.js';
import type { BenchStore } from './stores/bench-store.js';
import { LINE } from './upload-parts.js';
import { clientArguments, clientEnvironment, openStage, runClientProcess, type Stage } from './upload-stage.js';
import type { BenchFile, UploadTask } from './upload-task.js';

/** The cost of killing an upload at half of its file. */
export interface KillTrial {
  /** Bytes that the store received in both runs, minus the size of the file: repeated parts and request headers. */
  readonly resentBytes: number;
  /** The bytes of the parts that could be in flight on all connections. */
  readonly inFlightBytes: number;
}

export interface KillTrialOptions extends Pick<ScenarioOptions, 'directory' | 'signal'> {
  readonly store: BenchStore;
  readonly file: BenchFile;
  readonly parallelCount: number;
  /** Names it at the store. */
  readonly run: string;
}

/** Kills an upload when half of the file has arrived, resumes it, and counts the bytes that were sent again. */
export async function killAtHalf({ store, file, run, ...options }: KillTrialOptions): Promise<KillTrial> {
  const { directory, signal, parallelCount } = options;
  await using stage = await openStage(store, { line: LINE, run, directory });
  const { line, access, folder } = stage;
  const task: UploadTask = { kind: 'upload', client: 'chatferry', files: [file], target: access.target, parallelCount };
  const environment = clientEnvironment(access, { folder, parallelCount });
  const child = startCommand(await clientArguments(task, folder), { environment, cwd: folder, signal });
  const closed = once(child, 'close');
  child.stdin.end();
  child.stdout.resume();
  child.stderr.resume();
  while (line.upBytes < file.sizeBytes / 2 && child.exitCode === null) await sleep(10, undefined, { signal });
  child.kill('SIGKILL');
  await closed;
  const partBytes = await partBytesOf(stage);
  await runClientProcess(task, { folder, access, signal });
  await store.removeFiles(run, [file]);
  return { resentBytes: line.upBytes - file.sizeBytes, inFlightBytes: parallelCount * partBytes };
}

async function partBytesOf({ folder }: Stage): Promise<number> {
  const sessions = join(folder, 'sessions');
  const name = (await readdir(sessions)).find((entry) => entry.endsWith('.session.json'));
  if (name === undefined) throw new ChatferryError('INTERNAL', 'The upload was over before it was killed.');
  const session = JSON.parse(await readFile(join(sessions, name), 'utf8')) as { readonly partBytes: number };
  return session.partBytes;
}
