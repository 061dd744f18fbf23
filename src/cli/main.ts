#!/usr/bin/env node
import './without-web-storage.js';

import { CommanderError } from 'commander';

import { exitCodeOf } from '../errors/error-meaning.js';
import { ExitCode } from '../errors/exit-code.js';
import { keepHeapLean } from '../memory/lean-heap.js';
import type { CliContext } from './command-run.js';
import { endAtOnce } from './end-at-once.js';
import { startSmall } from './small-start.js';
import { errorText } from './terminal/error-text.js';
import { Output } from './terminal/output.js';

/** How long what a library left running may keep a finished program alive. */
const LINGER_MS = 2000;
/** The same for one that was told to stop, which has used some of the two seconds that are promised. */
const INTERRUPTED_LINGER_MS = 100;

const stdout = new Output(process.stdout);
const stderr = new Output(process.stderr);

/** Ends the program where the working directory was deleted: no path means anything then. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    stderr.write('error: The working directory is gone. Change to another one, then run the same command again.\n');
    process.exit(ExitCode.usage);
  }
}

const context: CliContext = {
  cwd: workingFolder(),
  args: process.argv.slice(2),
  stdin: process.stdin,
  stdout,
  stderr,
  signals: process,
  exit: endAtOnce,
  finish: (code) => {
    process.exitCode = code;
  },
};

keepHeapLean();
startSmall(context.args);

try {
  // Loaded after the heap settings, because loaded code makes the V8 heap grow for good.
  const { createProgram, runProgram } = await import('./program.js');
  await runProgram(createProgram(context), context.args);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said it already. Help and version that were asked for come with 0.
    context.finish(error.exitCode === 0 ? ExitCode.complete : ExitCode.usage);
  } else {
    stderr.write(`error: ${errorText(error, false)}\n`);
    context.finish(exitCodeOf(error));
  }
}

await Promise.all([stdout.flushed(), stderr.flushed()]);
const lingerMs = process.exitCode === ExitCode.interrupted ? INTERRUPTED_LINGER_MS : LINGER_MS;
setTimeout(() => {
  endAtOnce(process.exitCode as ExitCode);
}, lingerMs).unref();
