import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { startProgram } from '../../children/start-program.js';
import { ChatferryError, type ErrorCode } from '../../errors/chatferry-error.js';
import { chatferryCommand } from '../program.js';

export interface ChildServerOptions {
  /** Added to the variables that every child has (`children/child-environment`). `undefined` removes one. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Aborts the start. A server that is running is stopped by its owner. */
  readonly signal: AbortSignal;
}

/** A command of this program in a process of its own. Disposing of it ends the process and waits until it has ended. */
export interface ChildServer extends AsyncDisposable {
  /** The JSON document that it printed when it was ready. */
  readonly line: string;
}

/** What `--json` prints when a command fails. */
interface ErrorDocument {
  readonly type: 'error';
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Starts a command that prints one JSON document when it is ready. It serves until its stdin closes, which also happens
 * when this process is killed.
 *
 * @throws {ChatferryError} with the code that the command reports, or `INTERNAL` when it ends without a report; the
 *   signal's reason when it aborts.
 */
export async function startChildServer(args: readonly string[], options: ChildServerOptions): Promise<ChildServer> {
  const { environment, cwd, signal } = options;
  signal.throwIfAborted();
  const { file, args: first } = chatferryCommand();
  const child = startProgram(file, [...first, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: environment,
    stdio: 'pipe',
    // A process group of its own, because Ctrl-C must reach only this process, which then stops the child.
    detached: process.platform !== 'win32',
  });
  const exit = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.stdin.end();
    // A child that is still starting does not read its stdin yet, so closing it would not stop the child.
    if (signal.aborted) child.kill();
    await exit;
  };
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-4000)));
  const line = await firstLine(child, signal);
  if (line === undefined) {
    await stop();
    signal.throwIfAborted();
    throw new ChatferryError('INTERNAL', `chatferry ${args.join(' ')} ended before it was ready:\n${complaints}`);
  }
  const said = JSON.parse(line) as Partial<ErrorDocument>;
  if (said.type === 'error') {
    await stop();
    throw new ChatferryError(said.code ?? 'INTERNAL', said.message ?? line);
  }
  return { line, [Symbol.asyncDispose]: stop };
}

/** Undefined when the child ends, or the signal aborts, before the first line. */
async function firstLine(child: ChildProcessWithoutNullStreams, signal: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: child.stdout, signal });
  for await (const line of lines) return line;
  return undefined;
}
