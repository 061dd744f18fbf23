import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { runProgram, startProgram } from '../../../children/start-program.js';

/** Kills the program when the pipe from this process closes, which also happens when this process is killed. */
const TIED = `"$0" "$@" </dev/null >/dev/null 2>&1 & program=$!; read -r _; kill -9 "$program"; wait "$program"`;

/** A program that runs until it is disposed of or this process ends, for whatever reason. */
export class TiedProgram implements AsyncDisposable {
  readonly #shell: ChildProcess;

  constructor(file: string, args: readonly string[]) {
    this.#shell = startProgram('/bin/sh', ['-c', TIED, file, ...args], { stdio: ['pipe', 'ignore', 'ignore'] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return;
    const ended = once(this.#shell, 'exit');
    this.#shell.stdin?.end();
    await ended;
  }
}

/** Runs a program until it ends. @returns its stdout. */
export async function runTool(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await runProgram(file, args, { timeout: 60_000 });
  return stdout;
}
