import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';

import sharp from 'sharp';

import { describeMedia } from '../../src/media/describe-media.js';
import { type FfmpegBinaries, findFfmpeg } from '../../src/media/ffmpeg/ffmpeg-binaries.js';
import type { DescribedMedia, MediaJob } from '../../src/media/media-job.js';

const run = promisify(execFile);

/** Folders for one test file, with real media made in them. */
export class Stage implements AsyncDisposable {
  readonly root: string;
  readonly ffmpeg: FfmpegBinaries;

  private constructor(root: string, ffmpeg: FfmpegBinaries) {
    this.root = root;
    this.ffmpeg = ffmpeg;
  }

  static async open(): Promise<Stage> {
    // As the program itself: another ffmpeg can be tried with all of these tests.
    const { FFMPEG_PATH: ffmpegPath, FFPROBE_PATH: ffprobePath } = process.env;
    const ffmpeg = await findFfmpeg({ ffmpegPath, ffprobePath });
    if (ffmpeg === undefined) throw new Error('these tests need ffmpeg; npm ci brings one along');
    const root = await mkdtemp(join(tmpdir(), 'chatferry stage -'));
    await Promise.all(['in', 'out', 'work'].map((folder) => mkdir(join(root, folder))));
    return new Stage(root, ffmpeg);
  }

  get out(): string {
    return join(this.root, 'out');
  }

  /** Where a file of this name is, or is to be. */
  path(name: string): string {
    return join(this.root, 'in', name);
  }

  /** Writes a file, folders of its name included. Returns its path. */
  async put(name: string, content: Uint8Array | string): Promise<string> {
    const path = this.path(name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  /** Has ffmpeg make a file. Returns its path. */
  async make(name: string, ...args: readonly string[]): Promise<string> {
    const path = this.path(name);
    await run(this.ffmpeg.ffmpeg, ['-v', 'error', '-nostdin', '-y', ...args, `file:${path}`]);
    return path;
  }

  /** A job for a file, with all that can be made of it. */
  job(path: string, options: Partial<MediaJob> = {}): MediaJob {
    const name = basename(path, extname(path)).replaceAll(/[^\w-]/g, '_');
    return { path, name, outputFolder: this.out, ...options };
  }

  /** Has a file described in this process. */
  describe(path: string, options: Partial<MediaJob> = {}): Promise<DescribedMedia> {
    return describeMedia(this.job(path, options), {
      ffmpeg: this.ffmpeg,
      workFolder: join(this.root, 'work'),
      signal: new AbortController().signal,
    });
  }

  /** Files on their way that are still there: none, when all is well. */
  async strays(): Promise<readonly string[]> {
    return readdir(join(this.root, 'work'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Pictures of ffmpeg's own making: moving, and of all colours. */
export const FILM_SOURCE: readonly string[] = ['-f', 'lavfi', '-i', 'testsrc=duration=2:size=320x180:rate=10'];
/** A tone that begins softly. */
export const SOUND_SOURCE: readonly string[] = ['-f', 'lavfi', '-i', "aevalsrc='sin(880*t)*t/2':d=2:s=48000"];

/** The path of a derivative. Fails when it was not made. */
export function madeOf({ derivatives, problems }: DescribedMedia, kind: string): string {
  const found = derivatives.find((derivative) => derivative.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} was made: ${JSON.stringify(problems)}`);
  return found.path;
}

/** The colour of a picture at a place, each from 0 to 1 of its width and height: red, green, blue, alpha. */
export async function colourAt(path: string, x: number, y: number): Promise<readonly number[]> {
  const { data, info } = await sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const column = Math.min(info.width - 1, Math.floor(x * info.width));
  const row = Math.min(info.height - 1, Math.floor(y * info.height));
  return [...data.subarray((row * info.width + column) * 4, (row * info.width + column) * 4 + 4)];
}

/** The largest difference between two colours, from 0 to 255. */
export function distance(one: readonly number[], other: readonly number[]): number {
  return Math.max(...other.map((value, channel) => Math.abs(value - (one[channel] ?? NaN))));
}
