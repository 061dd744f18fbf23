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
   * Where derivatives go; made where it is not there. One run at a time has it, and what an earlier one made there of the
   * same bytes by the same recipe is not made again. Undefined: none are made.
   */
  readonly out?: string;
  /** Puts what `transcode` makes smaller in the place of its original. @defaultValue false */
  readonly replaceOriginals?: boolean;
  /** Files at once, each in a process of its own. @defaultValue the cores, at least 2 and at most 4 */
  readonly workers?: number;
  /** Yields as they come, not in the order of the files. @defaultValue false */
  readonly unordered?: boolean;
  readonly ffmpegPath?: string | undefined;
  readonly ffprobePath?: string | undefined;
  /** Takes an ffmpeg that lacks repairs of security as well: for files of your own. @defaultValue false */
  readonly ffmpegAnyVersion?: boolean;
  /** A file that takes longer is given up. @defaultValue 120000 */
  readonly jobTimeoutMs?: number;
  /** A file whose processes hold more is given up. @defaultValue 1 GB */
  readonly jobMemoryBytes?: number;
  /** What all processes together should stay within: large files wait for each other. @defaultValue 600 MB */
  readonly memoryBytes?: number;
  /** Where the workers and their programs are counted. @defaultValue that of the processor of `run`, else one of their own */
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

/** Files taken up and not yet yielded, for each worker: what a slow one at the head lets pile up. */
const WINDOW_PER_WORKER = 16;

/**
 * Describes files, makes thumbnails and the like, and smaller copies where they are wanted. The files themselves are
 * only read, unless their originals are to be replaced. A file that cannot be processed is a value that says so.
 *
 * @param files - Paths; relative ones start at the working directory. In the order of the results. What is made of a
 *   path is called like its file; give it a name with folders to have those in the output folder as well.
 * @throws {ChatferryError} `USAGE` for options out of range, `MISSING_PROGRAM` for a path of ffmpeg that does not run,
 *   `FILE_SYSTEM` when the folder cannot be made, `LOCKED` when another run has it; the signal's reason when it aborts.
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
 * Finishes what a run that was killed had planned for its originals. Call it before files are looked for: some of them
 * give way to their copies only now.
 *
 * @param out - The output folder; one that is not there, or is nobody's, is left alone.
 * @param bases - Files and folders that were named, absolute: what else is planned there is left alone.
 * @throws {ChatferryError} `LOCKED` when another run has it, `FILE_SYSTEM`; the signal's reason when it aborts.
 */
export async function finishEarlierRun(out: string, bases: readonly string[], signal: AbortSignal): Promise<void> {
  const path = resolve(out);
  if ((await identityOf(join(path, MADE_DATABASE))) === undefined) return;
  await using output = await OutputFolder.open({ path, replaces: true });
  await finishReplacements(output, output.table.plans, bases, signal);
}

async function* namedBy(
  processor: FileProcessor,
  files: Iterable<string | NamedFile> | AsyncIterable<string | NamedFile>,
  { output, signal }: { readonly output: OutputFolder | undefined; readonly signal: AbortSignal },
): AsyncGenerator<FileToProcess, void, void> {
  const plans = output?.table.plans ?? []; // Those that this run makes are under way.
  for await (const file of files) {
    const named = typeof file === 'string' ? { path: file, name: basename(file) } : file;
    if (output !== undefined) await finishReplacements(output, plans, [resolve(named.path)], signal);
    yield await processor.name(named);
  }
}
