import type { MediaKind } from '../../chat/media.js';
import type { Outcome } from '../../concurrency/ordered-window.js';
import type { JobContext } from '../../pipeline/processor/job.js';
import type { ProcessorRun } from '../../pipeline/processor/processor-run.js';
import type { FileToProcess } from './file-processor.js';
import type { ProcessedMedia } from './processed-media.js';

interface FileItem {
  readonly file: FileToProcess;
}

const MEDIA_KINDS = {
  image: 'photo',
  video: 'video',
  audio: 'audio',
  'animated-sticker': 'sticker',
  document: 'document',
  empty: 'document',
  unknown: 'document',
} as const satisfies Record<Extract<ProcessedMedia, { state: 'done' }>['content']['kind'], MediaKind>;

export interface CountedFilesOptions {
  readonly run: ProcessorRun;
  readonly work: (file: FileToProcess, signal: AbortSignal) => Promise<ProcessedMedia>;
  readonly isUnordered: boolean;
  readonly signal: AbortSignal;
}

/**
 * Processes files under the permits of a run, which counts them: each file as one job and one media item.
 *
 * @returns One outcome per file, in the order of `files` unless `isUnordered`.
 */
export async function* countedFiles(
  files: AsyncIterable<FileToProcess>,
  { run, work, isUnordered, signal }: CountedFilesOptions,
): AsyncGenerator<Outcome<FileItem, ProcessedMedia>, void, void> {
  const job = async ({ file }: FileItem, context: JobContext): Promise<ProcessedMedia> => {
    const result = await work(file, context.signal);
    // A file that cannot be processed is no reason to process fewer files at once.
    if (result.state === 'failed') context.media('document', 'refused', 0);
    else context.media(MEDIA_KINDS[result.content.kind], 'stored', result.sizeBytes);
    return result;
  };
  const items = asItems(files);
  yield* isUnordered ? run.processUnordered(items, job, signal) : run.processStream(items, job, signal);
}

async function* asItems(files: AsyncIterable<FileToProcess>): AsyncGenerator<FileItem, void, void> {
  for await (const file of files) yield { file };
}
