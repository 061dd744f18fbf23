import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export interface ProgramOptions {
  /** Where it runs, and looks for `.env`. */
  readonly cwd: string;
  /** Its whole environment beside what a process needs to start. */
  readonly env?: Readonly<Record<string, string>>;
  /** Not on Windows: a shell that becomes the program, and what it does before. */
  readonly shell?: ShellSetup;
}

/** How a shell starts the program. */
export interface ShellSetup {
  /** Commands before. */
  readonly first?: string;
  /** Behind the command line: `2>/dev/full`. */
  readonly redirect?: string;
  /** By its number; only root may be somebody else. */
  readonly user?: number;
}

/** What makes this machine one without any ffmpeg. */
export const WITHOUT_FFMPEG: Readonly<Record<string, string>> = {
  PATH: '',
  NODE_OPTIONS: `--require=${JSON.stringify(fileURLToPath(new URL('without-ffmpeg.cjs', import.meta.url)))}`,
};

/** How a run of the real program ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the real program from its sources, without a terminal. */
export function startChatferry(
  args: readonly string[],
  { cwd, env = {}, shell }: ProgramOptions,
): ChildProcessWithoutNullStreams {
  const own = {
    PATH: process.env['PATH'],
    HOME: cwd,
    APPDATA: cwd,
    SYSTEMROOT: process.env['SYSTEMROOT'],
  };
  const line = [process.execPath, '--import', LOADER, MAIN, ...args];
  const options = { cwd, env: { ...own, ...env } };
  if (shell === undefined) return spawn(process.execPath, line.slice(1), options);
  const { first = ':', redirect = '', user } = shell;
  return spawn('/bin/sh', ['-c', `${first}; exec "$@" ${redirect}`, 'sh', ...line], {
    ...options,
    ...(user === undefined ? {} : { uid: user }),
  });
}

/** Runs the real program to its end, with its standard input closed. */
export async function runChatferry(args: readonly string[], options: ProgramOptions): Promise<ProgramEnd> {
  const child = startChatferry(args, options);
  child.stdin.end();
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
