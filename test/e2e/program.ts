import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { chatferryCommand } from '../../src/app/program.js';

/** A command that ran to its end. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** Variables for the program; those of this process that could change its mind are left out. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts the real program, as a user would, with a clean environment. */
export function startProgram(
  args: readonly string[],
  { env = {}, cwd }: ProgramOptions = {},
): ChildProcessWithoutNullStreams {
  const { file, args: first } = chatferryCommand();
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(TELEGRAM|EXPORT|PARALLEL|MAX|MEDIA|CHATFERRY|LOG)_/.test(name),
  );
  return spawn(file, [...first, ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Runs the real program to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const child = startProgram(args, options);
  child.stdin.end();
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** The first line of a child's stdout. */
export async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('The program ended without a line.');
}
