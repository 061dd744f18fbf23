import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { basename, extname, resolve } from 'node:path';

import { makeFolder } from '../archive/make-folder.js';
import { defaultWorkerCount } from '../config/setting-defaults.js';
import { orderedWindow } from '../concurrency/ordered-window.js';
import { unorderedWindow } from '../concurrency/unordered-window.js';
import { ChatferryError, type ErrorCode, errorMessage, isChatferryError } from '../errors/chatferry-error.js';
import { findFfmpeg } from '../media/ffmpeg-binaries.js';
import type { DescribedMedia, MediaJob } from '../media/media-job.js';
import { MediaWorkers } from '../media/media-workers.js';
import type { ProcessTree } from '../memory/process-tree.js';
import { type ReplacedFile, replaceOriginal } from './replace-original.js';

export interface ProcessMediaOptions extends Pick<MediaJob, 'storyboard' | 'transcode' | 'stripMetadata'> {
  /** Where derivatives go; made where it is not there. Undefined: none are made. */
  readonly out?: string;
  /** Puts what `transcode` makes smaller in the place of its original. @defaultValue false */
  readonly replaceOriginals?: boolean;
  /** Files at once, each in a process of its own. @defaultValue the cores, at least 2 and at most 4 */
  readonly workers?: number;
  /** Yields as they come, not in the order of the files. @defaultValue false */
  readonly unordered?: boolean;
  readonly ffmpegPath?: string | undefined;
  readonly ffprobePath?: string | undefined;
  /** A file that takes longer is given up. @defaultValue 120000 */
  readonly jobTimeoutMs?: number;
  /** A file whose processes hold more is given up. @defaultValue 1 GB */
  readonly jobMemoryBytes?: number;
  /** Where the workers and their programs are counted. @defaultValue one of their own */
  readonly tree?: ProcessTree;
  readonly signal?: AbortSignal;
}

/** What became of one file. */
export type ProcessedMedia =
  | ({
      readonly path: string;
      readonly state: 'done';
      readonly wallMs: number;
      /** What is there in place of `path`, which is gone. */
      readonly replacedBy?: ReplacedFile;
    } & DescribedMedia)
  | {
      readonly path: string;
      readonly state: 'failed';
      readonly wallMs: number;
      readonly code: ErrorCode;
      readonly reason: string;
    };

/** Files taken up and not yet yielded, for each worker: what a slow one at the head lets pile up. */
const WINDOW_PER_WORKER = 16;

/** What the setting MAX_WORKERS means: 0 stands for the cores. */
export function workerCount(maxWorkers: number): number {
  return maxWorkers === 0 ? availableParallelism() : maxWorkers;
}

/**
 * Describes files, makes thumbnails and the like, and smaller copies where they are wanted. The files themselves are
 * only read, unless their originals are to be replaced. A file that cannot be processed is a value that says so.
 *
 * @param files - Paths; relative ones start at the working directory. In the order of the results.
 * @throws {ChatferryError} `USAGE` for options out of range, `MISSING_PROGRAM` for a path of ffmpeg that does not run,
 *   `FILE_SYSTEM` when the folder cannot be made; the signal's reason when it aborts.
 */
export async function* processMedia(
  files: Iterable<string> | AsyncIterable<string>,
  options: ProcessMediaOptions = {},
): AsyncGenerator<ProcessedMedia, void, void> {
  const {
    out,
    workers: count = defaultWorkerCount(availableParallelism()),
    signal = new AbortController().signal,
  } = options;
  if (!Number.isSafeInteger(count) || count < 1 || count > 64) {
    throw new ChatferryError('USAGE', `workers must be a whole number from 1 to 64, got ${count}.`);
  }
  const outputFolder = out === undefined ? undefined : resolve(out);
  if (outputFolder !== undefined) await makeOutputFolder(outputFolder);
  const ffmpeg = await findFfmpeg({ ffmpegPath: options.ffmpegPath, ffprobePath: options.ffprobePath, signal });
  const { jobTimeoutMs, jobMemoryBytes, tree } = options;
  await using workers = new MediaWorkers({
    count,
    ffmpeg,
    ...(tree === undefined ? {} : { tree }),
    ...(jobTimeoutMs === undefined ? {} : { jobTimeoutMs }),
    ...(jobMemoryBytes === undefined ? {} : { jobMemoryBytes }),
  });
  const work = async (path: string, stop: AbortSignal): Promise<ProcessedMedia> => {
    const result = await processOne(workers, jobOf(path, outputFolder, options), stop);
    return options.replaceOriginals === true ? replaceIn(result, workers, stop) : result;
  };
  const window = options.unordered === true ? unorderedWindow : orderedWindow;
  for await (const outcome of window(asyncOf(files), work, { size: count * WINDOW_PER_WORKER, signal })) {
    if (!outcome.ok) throw outcome.error;
    yield outcome.value;
  }
}

async function processOne(workers: MediaWorkers, job: MediaJob, signal: AbortSignal): Promise<ProcessedMedia> {
  let startedMs = performance.now();
  const { path } = job;
  try {
    const described = await workers.run(job, signal, () => {
      startedMs = performance.now();
    });
    return { path, state: 'done', wallMs: since(startedMs), ...described };
  } catch (error) {
    signal.throwIfAborted();
    const code = isChatferryError(error) ? error.code : 'INTERNAL';
    return { path, state: 'failed', wallMs: since(startedMs), code, reason: errorMessage(error) };
  }
}

/** Puts the smaller copy, where there is one, in the place of the original. */
async function replaceIn(result: ProcessedMedia, workers: MediaWorkers, signal: AbortSignal): Promise<ProcessedMedia> {
  if (result.state === 'failed') return result;
  const copy = result.derivatives.find(({ kind }) => kind === 'transcode');
  if (copy === undefined) return result;
  const describe = (path: string): Promise<DescribedMedia> => workers.run({ path, name: 'copy' }, signal);
  try {
    const replacedBy = await replaceOriginal({ original: result, copy, describe });
    return { ...result, derivatives: result.derivatives.filter((derivative) => derivative !== copy), replacedBy };
  } catch (error) {
    signal.throwIfAborted();
    return { ...result, problems: [...result.problems, { work: 'replace', reason: errorMessage(error) }] };
  }
}

function since(startedMs: number): number {
  return Math.round(performance.now() - startedMs);
}

function jobOf(file: string, outputFolder: string | undefined, options: ProcessMediaOptions): MediaJob {
  const path = resolve(file);
  const { storyboard, transcode, stripMetadata } = options;
  return {
    path,
    name: derivativeName(path),
    ...(outputFolder === undefined ? {} : { outputFolder }),
    ...(storyboard === undefined ? {} : { storyboard }),
    ...(transcode === undefined ? {} : { transcode }),
    ...(stripMetadata === undefined ? {} : { stripMetadata }),
  };
}

/** Readable, and its own for every path: files of different folders may be called alike. */
function derivativeName(path: string): string {
  const name = basename(path, extname(path))
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  const mark = createHash('sha256').update(path).digest('hex').slice(0, 8);
  return `${name || 'file'}-${mark}`;
}

async function makeOutputFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (cause) {
    throw new ChatferryError('FILE_SYSTEM', `${path} cannot be made: ${errorMessage(cause)}. Choose another folder.`, {
      cause,
    });
  }
}

async function* asyncOf(files: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string, void, void> {
  yield* files;
}
