import {
  type ChildProcess,
  execFile,
  type ExecFileOptions,
  fork,
  type ForkOptions,
  spawn,
  type SpawnOptions,
} from 'node:child_process';
import { promisify } from 'node:util';

import type { Environment } from '../config/environment.js';
import { childEnvironment } from './child-environment.js';

/**
 * Node's `spawn` with a restricted environment: the program gets {@link childEnvironment} and the variables in `env`. Never
 * uses a shell.
 */
export const startProgram: typeof spawn = ((file: string, args: readonly string[], options: SpawnOptions = {}) =>
  spawn(file, args, {
    windowsHide: true,
    ...options,
    shell: false,
    env: childEnvironment(options.env),
  })) as typeof spawn;

export interface RunOptions extends Pick<ExecFileOptions, 'timeout' | 'maxBuffer' | 'signal'> {
  /** Added to {@link childEnvironment}. */
  readonly env?: Environment;
}

const execute = promisify(execFile);

/**
 * Runs a program and waits for its exit, in the environment of {@link startProgram}.
 *
 * @throws Node's error, with `stderr`, when the exit code is not 0.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  { env, ...options }: RunOptions = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return execute(file, args, { windowsHide: true, ...options, encoding: 'utf8', env: childEnvironment(env) });
}

/** Starts a module of ours in a separate process, in the environment of {@link startProgram}, with a channel for messages. */
export function startModule(path: string, options: ForkOptions): ChildProcess {
  return fork(path, [], { ...options, env: childEnvironment(options.env) });
}
