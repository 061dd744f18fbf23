#!/usr/bin/env node
import { CommanderError } from 'commander';

import { exitCodeOf } from '../errors/error-meaning.js';
import { ExitCode } from '../errors/exit-code.js';
import { keepHeapLean } from '../memory/lean-heap.js';
import type { CliContext } from './command-run.js';
import { createProgram } from './program.js';
import { errorText } from './terminal/error-text.js';

/** How long what a library left running may keep a finished program alive. */
const LINGER_MS = 2000;

const context: CliContext = {
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signals: process,
  exit: (code) => process.exit(code),
  finish: (code) => {
    process.exitCode = code;
  },
};

// A reader that has seen enough (`| head`), or a terminal that was closed (EIO), is no reason to lose an export or to end
// out of order: the rest is written to nobody.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && !(error.code === 'EIO' && stream.isTTY)) throw error;
  });
}

keepHeapLean();

try {
  await createProgram(context).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said it already. Help and version that were asked for come with 0.
    context.finish(error.exitCode === 0 ? ExitCode.complete : ExitCode.usage);
  } else {
    process.stderr.write(`error: ${errorText(error, false)}\n`);
    context.finish(exitCodeOf(error));
  }
}

setTimeout(() => process.exit(), LINGER_MS).unref();
