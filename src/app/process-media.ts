import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';

import { defaultWorkerCount } from '../config/setting-defaults.js';
import { orderedWindow } from '../concurrency/ordered-window.js';
import { unorderedWindow } from '../concurrency/unordered-window.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import { findSafeFfmpeg } from '../media/ffmpeg/ffmpeg-binaries.js';
import type { MediaJob } from '../media/media-job.js';
import { MediaWorkers } from '../media/workers/media-workers.js';
import type { ProcessTree } from '../memory/process-tree.js';
import type { ProcessorRun } from '../pipeline/processor/processor-run.js';
import { countedFiles } from './process/counted-files.js';
import { identityOf } from './process/file-identity.js';
import { FileProcessor, type FileToProcess } from './process/file-processor.js';
import { MADE_DATABASE } from './process/made-table.js';
import { OutputFolder } from './process/output-folder.js';
import type { NamedFile, ProcessedMedia } from './process/processed-media.js';
import { finishReplacements } from './process/replace-original.js';

export type { NamedFile, ProcessedMedia } from './process/processed-media.js';

export interface ProcessMediaOptions extends Pick<MediaJob, 'storyboard' | 'transcode' | 'stripMetadata'> {
  /**
   * The output folder for derivatives; created if necessary. Only one run at a time may use it. Derivatives that an
   * earlier run made there from the same bytes with the same recipe are not made again. Undefined: none are made.
   */
  readonly out?: string;
  /** Replaces originals by the smaller copies of `transcode`. @defaultValue false */
  readonly replaceOriginals?: boolean;
  /**
   * How many files are processed at once, each in its own process.
   *
   * @defaultValue the number of cores, at least 2 and at most 4
   */
  readonly workers?: number;
  /** Yields results as they finish, not in the order of the files. @defaultValue false */
  readonly unordered?: boolean;
  readonly ffmpegPath?: string | undefined;
  readonly ffprobePath?: string | undefined;
  /** Accepts an ffmpeg without current security fixes, for trusted files. @defaultValue false */
  readonly ffmpegAnyVersion?: boolean;
  /** A file that takes longer fails. @defaultValue 120000 */
  readonly jobTimeoutMs?: number;
  /** A file whose processes use more memory fails. @defaultValue 1 GB */
  readonly jobMemoryBytes?: number;
  /** The memory that all processes together should not exceed: large files wait for each other. @defaultValue 600 MB */
  readonly memoryBytes?: number;
  /** Counts the workers and their programs. @defaultValue that of the processor of `run`, else one of their own */
  readonly tree?: ProcessTree;
  /**
   * A run of a processor that other jobs may use at the same time: each file takes a permit of it, and its metrics count
   * the files.
   *
   * @defaultValue no permits: `workers` alone bounds how many files are processed at once
   */
  readonly run?: ProcessorRun;
  readonly signal?: AbortSignal;
}

/**
 * Maximum number of files per worker that are started and not yet yielded. Bounds the results that wait for a slow file
 * at the head.
 */
const WINDOW_PER_WORKER = 16;

/**
 * Describes files and makes derivatives, such as thumbnails, and smaller copies if requested. The files are only read,
 * unless originals are to be replaced. A file that cannot be processed is a result with the reason.
 *
 * @param files - Paths; relative ones start at the working directory. Results have the same order. Derivatives are
 *   named after the file; give a name with folders to create those in the output folder too.
 * @throws {ChatferryError} `USAGE` for options out of range, `MISSING_PROGRAM` for a path of ffmpeg that does not run,
 *   `FILE_SYSTEM` when the folder cannot be created, `LOCKED` when another run uses it; the signal's reason when it
 *   aborts.
 */
export async function* processMedia(
  files: Iterable<string | NamedFile> | AsyncIterable<string | NamedFile>,
  options: ProcessMediaOptions = {},
): AsyncGenerator<ProcessedMedia, void, void> {
  const {
    out,
    replaceOriginals = false,
    workers: count = defaultWorkerCount(availableParallelism()),
    signal = new AbortController().signal,
  } = options;
  if (!Number.isSafeInteger(count) || count < 1 || count > 64) {
    throw new ChatferryError('USAGE', `workers must be a whole number from 1 to 64, got ${count}.`);
  }
  await using output =
    out === undefined ? undefined : await OutputFolder.open({ path: resolve(out), replaces: replaceOriginals });
  const { binaries: ffmpeg, absence: noFfmpeg } = await findSafeFfmpeg({
    ffmpegPath: options.ffmpegPath,
    ffprobePath: options.ffprobePath,
    anyVersion: options.ffmpegAnyVersion ?? false,
    signal,
  });
  const { jobTimeoutMs, jobMemoryBytes, memoryBytes, run, unordered: isUnordered = false } = options;
  const tree = options.tree ?? run?.processTree;
  await using workers = new MediaWorkers({
    count,
    ffmpeg,
    ...(noFfmpeg === undefined ? {} : { noFfmpeg }),
    ...(tree === undefined ? {} : { tree }),
    ...(jobTimeoutMs === undefined ? {} : { jobTimeoutMs }),
    ...(jobMemoryBytes === undefined ? {} : { jobMemoryBytes }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  });
  const processor = new FileProcessor({
    ...options,
    workers,
    output,
    replaceOriginals,
    hasFfmpeg: ffmpeg !== undefined,
  });
  const work = (file: FileToProcess, stop: AbortSignal): Promise<ProcessedMedia> => processor.process(file, stop);
  const named = namedBy(processor, files, { output, signal });
  const window = isUnordered ? unorderedWindow : orderedWindow;
  const outcomes =
    run === undefined
      ? window(named, work, { size: count * WINDOW_PER_WORKER, signal })
      : countedFiles(named, { run, work, isUnordered, signal });
  for await (const outcome of outcomes) {
    if (!outcome.ok) throw outcome.error;
    yield outcome.value;
  }
}

/**
 * Finishes the replacements that a killed run had planned. Call it before searching for files, because it replaces some
 * of them.
 *
 * @param out - The output folder. A folder that does not exist, or is not an output folder, is left alone.
 * @param bases - The named files and folders, absolute. Plans for other files are left alone.
 * @throws {ChatferryError} `LOCKED` when another run uses it, `FILE_SYSTEM`; the signal's reason when it aborts.
 */
export async function finishEarlierRun(out: string, bases: readonly string[], signal: AbortSignal): Promise<void> {
  const path = resolve(out);
  if ((await identityOf(join(path, MADE_DATABASE))) === undefined) return;
  await using output = await OutputFolder.open({ path, replaces: true });
  await finishReplacements(output, { plans: output.table.plans, bases }, signal);
}

async function* namedBy(
  processor: FileProcessor,
  files: Iterable<string | NamedFile> | AsyncIterable<string | NamedFile>,
  { output, signal }: { readonly output: OutputFolder | undefined; readonly signal: AbortSignal },
): AsyncGenerator<FileToProcess, void, void> {
  const plans = output?.table.plans ?? []; // Plans that this run makes are in progress.
  for await (const file of files) {
    const named = typeof file === 'string' ? { path: file, name: basename(file) } : file;
    if (output !== undefined) await finishReplacements(output, { plans, bases: [resolve(named.path)] }, signal);
    yield await processor.name(named);
  }
}
