import { chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { askProgram } from '../../children/ask-program.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { FFMPEG_FLOOR, floorProblem } from './ffmpeg-floor.js';

/** The programs that read and write sound and moving pictures. */
export interface FfmpegBinaries {
  /** A path, or a name that the system finds on the PATH. */
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** As ffmpeg gives it: `5.1.9`, `N-47683-g0e8eb07980-static`, … */
  readonly version: string;
  /** Why it is not for what strangers have made, as the end of a sentence about it; undefined where it is. */
  readonly problem?: string;
  /** `bundled`: from the optional npm packages, a build of 2018. */
  readonly origin: 'setting' | 'path' | 'bundled';
}

export interface FindFfmpegOptions {
  /** The setting FFMPEG_PATH. A program that is named here and does not run is an error, not a reason to look on. */
  readonly ffmpegPath?: string | undefined;
  /** The setting FFPROBE_PATH. */
  readonly ffprobePath?: string | undefined;
  readonly signal?: AbortSignal;
}

/** What is said of a file that needs it. */
export const NO_FFMPEG = 'There is no ffmpeg. Install it, or set FFMPEG_PATH.';

/**
 * Looks for ffmpeg and ffprobe: where the settings say, on the PATH, then in the optional packages
 * `@ffmpeg-installer/ffmpeg` and `@ffprobe-installer/ffprobe`. Each candidate is run once to see that it works.
 *
 * @returns `undefined` where there are none.
 * @throws {ChatferryError} `MISSING_PROGRAM` when a path that was set does not run.
 */
export async function findFfmpeg(options: FindFfmpegOptions = {}): Promise<FfmpegBinaries | undefined> {
  const { ffmpegPath, ffprobePath, signal } = options;
  const [ffmpeg, ffprobe] = await Promise.all([
    find({ name: 'ffmpeg', setting: 'FFMPEG_PATH', path: ffmpegPath, signal }),
    find({ name: 'ffprobe', setting: 'FFPROBE_PATH', path: ffprobePath, signal }),
  ]);
  if (ffmpeg === undefined || ffprobe === undefined) return undefined;
  const problem = floorProblem(ffmpeg.version) ?? floorProblem(ffprobe.version);
  return {
    ffmpeg: ffmpeg.path,
    ffprobe: ffprobe.path,
    version: ffmpeg.version,
    origin: ffmpeg.origin,
    ...(problem === undefined ? {} : { problem }),
  };
}

export interface SafeFfmpegOptions extends FindFfmpegOptions {
  /** The setting FFMPEG_ANY_VERSION. @defaultValue false */
  readonly anyVersion?: boolean;
}

/** An ffmpeg for what strangers have made, or what is said of a file that needs one. */
export type SafeFfmpeg =
  | { readonly binaries: FfmpegBinaries; readonly absence?: never }
  | { readonly binaries?: never; readonly absence: string };

/**
 * {@link findFfmpeg} for files that somebody else may have made: one that lacks repairs of security counts as absent,
 * unless the user takes any.
 *
 * @throws {ChatferryError} `MISSING_PROGRAM` when a path that was set does not run.
 */
export async function findSafeFfmpeg({ anyVersion = false, ...options }: SafeFfmpegOptions): Promise<SafeFfmpeg> {
  const found = await findFfmpeg(options);
  if (found === undefined) return { absence: NO_FFMPEG };
  if (found.problem === undefined || anyVersion) return { binaries: found };
  return { absence: unsafeFfmpeg(found, found.problem) };
}

/** What is said of an ffmpeg that lacks repairs. */
export function unsafeFfmpeg({ ffmpeg, version }: FfmpegBinaries, problem: string): string {
  return `ffmpeg ${version} (${ffmpeg}) is not given files of others: it ${problem}. Update it (${FFMPEG_FLOOR}), or set FFMPEG_ANY_VERSION=true for files of your own.`;
}

interface Wanted {
  readonly name: 'ffmpeg' | 'ffprobe';
  readonly setting: string;
  readonly path: string | undefined;
  readonly signal: AbortSignal | undefined;
}

type Found = Pick<FfmpegBinaries, 'version' | 'origin'> & { readonly path: string };

async function find({ name, setting, path, signal }: Wanted): Promise<Found | undefined> {
  if (path !== undefined) {
    const version = await versionOf(path, signal);
    if (version !== undefined) return { path, version, origin: 'setting' };
    throw new ChatferryError('MISSING_PROGRAM', `${setting} is "${path}", which does not run as ${name}. Correct it.`);
  }

  const onPath = await versionOf(name, signal);
  if (onPath !== undefined) return { path: name, version: onPath, origin: 'path' };

  const bundled = bundledPath(name);
  if (bundled === undefined) return undefined;
  const version = (await versionOf(bundled, signal)) ?? (await versionOnceExecutable(bundled, signal));
  return version === undefined ? undefined : { path: bundled, version, origin: 'bundled' };
}

/** Undefined where it does not run: not there, not executable, built for another machine. */
async function versionOf(path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const { stdout } = await askProgram(path, ['-version'], { timeout: 10_000, ...(signal && { signal }) });
    return /^ff(?:mpeg|probe) version (\S+)/.exec(stdout)?.[1];
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return undefined;
  }
}

/** npm leaves the program without its executable bit where install scripts are not allowed. */
async function versionOnceExecutable(path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    await chmod(path, 0o755);
  } catch {
    // Another user's installation: it stays as it is, and counts as absent.
    return undefined;
  }
  return versionOf(path, signal);
}

/** Undefined where the optional package was not installed, or has no build for this machine (it throws a text then). */
function bundledPath(name: Wanted['name']): string | undefined {
  try {
    const found: unknown = createRequire(import.meta.url)(`@${name}-installer/${name}`);
    return typeof found === 'object' && found !== null && 'path' in found && typeof found.path === 'string'
      ? found.path
      : undefined;
  } catch {
    return undefined;
  }
}
