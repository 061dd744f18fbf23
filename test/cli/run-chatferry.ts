import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export interface ProgramOptions {
  /** Where it runs, and looks for `.env`. */
  readonly cwd: string;
  /** Its whole environment beside what a process needs to start. */
  readonly env?: Readonly<Record<string, string>>;
  /** Not on Windows: a shell that becomes the program, and what it does before. */
  readonly shell?: ShellSetup;
  /** Makes it the first of a group of processes, so that what it leaves behind can be found. @defaultValue false */
  readonly ownGroup?: boolean;
}

/** How a shell starts the program. */
export interface ShellSetup {
  /** Commands before. */
  readonly first?: string;
  /** Behind the command line: `2>/dev/full`. */
  readonly redirect?: string;
  /** By its number; only root of Linux may be somebody else. */
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

/** The line that starts the real program from its sources, and the environment that it has. */
export function commandLine(
  args: readonly string[],
  { cwd, env = {} }: Pick<ProgramOptions, 'cwd' | 'env'>,
): { readonly line: readonly string[]; readonly environment: Readonly<Record<string, string | undefined>> } {
  const own = {
    PATH: process.env['PATH'],
    HOME: cwd,
    APPDATA: cwd,
    SYSTEMROOT: process.env['SYSTEMROOT'],
  };
  return { line: [process.execPath, '--import', LOADER, MAIN, ...args], environment: { ...own, ...env } };
}

/** Starts the real program from its sources, without a terminal. */
export function startChatferry(
  args: readonly string[],
  { cwd, env = {}, shell, ownGroup = false }: ProgramOptions,
): ChildProcessWithoutNullStreams {
  const { line, environment } = commandLine(args, { cwd, env });
  const options = { cwd, env: environment, detached: ownGroup };
  if (shell === undefined) return spawn(process.execPath, line.slice(1), options);
  const { first = ':', redirect = '', user, boundToModes = false } = shell;
  const command = ['/bin/sh', '-c', `${first}; exec "$@" ${redirect}`, 'sh'];
  const whole = user === undefined ? [...command, ...line] : asUser(user, command, args, cwd);
  const [program = '', ...rest] = [...(boundToModes ? BOUND_TO_MODES : []), ...whole];
  return spawn(program, rest, options);
}

const BOUND_TO_MODES = [
  'setpriv',
  '--bounding-set=-dac_override,-dac_read_search',
  '--inh-caps=-dac_override,-dac_read_search',
];

/**
 * Node asks the system whether that user may read the program, so it must lie where everybody may look: where the checkout
 * does not, it is mounted into the working folder, for this process alone.
 */
function asUser(user: number, command: readonly string[], args: readonly string[], cwd: string): readonly string[] {
  const drop = ['setpriv', `--reuid=${String(user)}`, '--clear-groups', ...command];
  if (isOpenToAll(ROOT)) return [...drop, process.execPath, '--import', LOADER, MAIN, ...args];
  const place = join(cwd, '.program');
  mkdirSync(place, { recursive: true });
  const loader = pathToFileURL(join(place, relative(ROOT, fileURLToPath(LOADER)))).href;
  const line = [process.execPath, '--import', loader, join(place, relative(ROOT, MAIN)), ...args];
  const mount = 'mount --bind "$0" "$1" && shift && exec "$@"';
  return ['unshare', '--mount', '/bin/sh', '-c', mount, ROOT, place, ...drop, ...line];
}

/** Whether every folder on the way to it may be entered by everybody. */
function isOpenToAll(path: string): boolean {
  const isOpen = (statSync(path).mode & 0o005) === 0o005;
  return isOpen && (dirname(path) === path || isOpenToAll(dirname(path)));
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
