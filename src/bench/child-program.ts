import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

import { chatferryCommand } from '../app/program.js';
import { processEnvironment } from '../config/environment.js';
import { ChatferryError } from '../errors/chatferry-error.js';

/** Variables for a child, added to those of this process. `undefined` removes one. */
export type ChildEnvironment = Readonly<Record<string, string | undefined>>;

export interface ChildOptions {
  readonly environment: ChildEnvironment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/**
 * Runs a command of this program in its own process until it ends.
 *
 * @returns What it wrote to stdout.
 * @throws {ChatferryError} `INTERNAL`, with the end of what it wrote to stderr, when it exits with anything but 0.
 */
export async function runToEnd(args: readonly string[], options: ChildOptions): Promise<string> {
  const child = startCommand(args, options);
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-4000)));
  child.stdin.end();
  const [code] = (await once(child, 'close')) as [number | null];
  options.signal.throwIfAborted();
  if (code !== 0) {
    throw new ChatferryError('INTERNAL', `chatferry ${args.join(' ')} ended with ${String(code)}:\n${complaints}`);
  }
  return output;
}

/** Starts a command of this program. It gets SIGTERM when the signal aborts. */
export function startCommand(
  args: readonly string[],
  { environment, cwd, signal }: ChildOptions,
): ChildProcessWithoutNullStreams {
  const { file, args: first } = chatferryCommand();
  const child = spawn(file, [...first, ...args], {
    cwd,
    env: { ...processEnvironment(), ...environment },
    stdio: 'pipe',
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  child.once('close', () => signal.removeEventListener('abort', stop));
  return child;
}
