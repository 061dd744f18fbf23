import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';

import { CommanderError } from 'commander';

import type { CliContext } from '../../src/cli/command-run.js';
import { createProgram, runProgram } from '../../src/cli/program.js';
import { Output } from '../../src/cli/terminal/output.js';
import { ExitCode } from '../../src/errors/exit-code.js';
import type { ProgramEnd, ProgramOptions } from './run-chatferry.js';
import { CapturedStream } from './terminal/captured-stream.js';

/**
 * Runs a command as the program does, in this process: without its start, which `runChatferry` has, and with its lines counted
 * as covered. One at a time: the environment of this process is the program's meanwhile.
 */
export async function runInProcess(
  args: readonly string[],
  { cwd, env = {} }: Pick<ProgramOptions, 'cwd' | 'env'>,
): Promise<ProgramEnd> {
  const [stdout, stderr] = [new CapturedStream(), new CapturedStream()];
  let code: ExitCode | null = null;
  const finish = (exitCode: ExitCode): void => {
    code = exitCode;
  };
  const context: CliContext = {
    cwd,
    args,
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    stdout: new Output(stdout),
    stderr: new Output(stderr),
    signals: new EventEmitter(),
    exit: finish,
    finish,
  };
  const outer = process.env;
  process.env = { PATH: outer['PATH'], SYSTEMROOT: outer['SYSTEMROOT'], HOME: cwd, APPDATA: cwd, ...env };
  try {
    await runProgram(createProgram(context), args);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    finish(error.exitCode === 0 ? ExitCode.complete : ExitCode.usage);
  } finally {
    process.env = outer;
  }
  await Promise.all([context.stdout.flushed(), context.stderr.flushed()]);
  return { code, stdout: stdout.text, stderr: stderr.text };
}
