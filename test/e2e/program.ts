import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { chatferryCommand } from '../../src/app/program.js';

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

/** The first line of a child's stdout. */
export async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('The program ended without a line.');
}
