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
  /** By its number; only root of Linux may be somebody else, who may still read the program wherever it lies. */
  readonly user?: number;
  /** Only for root of Linux: as bound to the modes of files as everybody else. */
  readonly boundToModes?: boolean;
}

/** Whether {@link ShellSetup.user} and {@link ShellSetup.boundToModes} can be had. */
export const isRootOfLinux: boolean = process.platform === 'linux' && process.getuid?.() === 0;

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
  const { first = ':', redirect = '', user, boundToModes = false } = shell;
  const command = ['/bin/sh', '-c', `${first}; exec "$@" ${redirect}`, 'sh', ...line];
  const [program = '', ...rest] = [...asUser(user), ...(boundToModes ? BOUND_TO_MODES : []), ...command];
  return spawn(program, rest, options);
}

const BOUND_TO_MODES = [
  'setpriv',
  '--bounding-set=-dac_override,-dac_read_search',
  '--inh-caps=-dac_override,-dac_read_search',
];

function asUser(user: number | undefined): readonly string[] {
  if (user === undefined) return [];
  const reads = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
  return ['setpriv', `--reuid=${String(user)}`, '--clear-groups', ...reads];
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
