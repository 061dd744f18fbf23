import { chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { askProgram } from '../../children/ask-program.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { FFMPEG_FLOOR, floorProblem } from './ffmpeg-floor.js';

/** The programs that read and write audio and video. */
export interface FfmpegBinaries {
  /** A path, or a name to look up in PATH. */
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** As ffmpeg prints it: `5.1.9`, `N-47683-g0e8eb07980-static`, … */
  readonly version: string;
  /** Why it must not read untrusted files, as the end of a sentence about it. Undefined where it may. */
  readonly problem?: string;
  /** `bundled`: from the optional npm packages (a build of 2018). */
  readonly origin: 'setting' | 'path' | 'bundled';
}

export interface FindFfmpegOptions {
  /** The setting FFMPEG_PATH. If this program does not run, that is an error; the search does not go on. */
  readonly ffmpegPath?: string | undefined;
  /** The setting FFPROBE_PATH. */
  readonly ffprobePath?: string | undefined;
  readonly signal?: AbortSignal;
}

/** The problem text for a file that needs ffmpeg. */
export const NO_FFMPEG = 'There is no ffmpeg. Install it, or set FFMPEG_PATH.';

/**
 * Finds ffmpeg and ffprobe. Precedence, highest first: the settings, PATH, the optional packages
 * `@ffmpeg-installer/ffmpeg` and `@ffprobe-installer/ffprobe`. Each candidate is run once to check that it works.
 *
 * @returns `undefined` when none is found.
 * @throws {ChatferryError} `MISSING_PROGRAM` when a path from the settings does not run.
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

/** An ffmpeg that may read untrusted files, or the problem text for files that need one. */
export type SafeFfmpeg =
  | { readonly binaries: FfmpegBinaries; readonly absence?: never }
  | { readonly binaries?: never; readonly absence: string };

/**
 * {@link findFfmpeg} for untrusted files: a version that lacks security fixes counts as absent, unless the user accepts any
 * version.
 *
 * @throws {ChatferryError} `MISSING_PROGRAM` when a path from the settings does not run.
 */
export async function findSafeFfmpeg({ anyVersion = false, ...options }: SafeFfmpegOptions): Promise<SafeFfmpeg> {
  const found = await findFfmpeg(options);
  if (found === undefined) return { absence: NO_FFMPEG };
  if (found.problem === undefined || anyVersion) return { binaries: found };
  return { absence: unsafeFfmpeg(found, found.problem) };
}

/** The message about an ffmpeg that lacks security fixes. */
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

/** Undefined when it does not run: absent, not executable, or built for another platform. */
async function versionOf(path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const { stdout } = await askProgram(path, ['-version'], { timeout: 10_000, ...(signal && { signal }) });
    return /^ff(?:mpeg|probe) version (\S+)/.exec(stdout)?.[1];
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return undefined;
  }
}

/** Without install scripts, npm leaves the program without its executable bit. */
async function versionOnceExecutable(path: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    await chmod(path, 0o755);
  } catch {
    // The installation belongs to another user. It stays unchanged and counts as absent.
    return undefined;
  }
  return versionOf(path, signal);
}

/** Undefined when the optional package is not installed, or has no build for this platform (it throws a string then). */
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
