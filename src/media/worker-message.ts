import type { ErrorCode } from '../errors/chatferry-error.js';
import type { FfmpegBinaries } from './ffmpeg-binaries.js';
import type { DescribedMedia, MediaJob } from './media-job.js';

/** To a worker: one job. It has one at a time. */
export interface WorkerOrder {
  readonly job: MediaJob;
  /** For files on their way: the worker's own, and removed when it ends, however it ends. */
  readonly workFolder: string;
  readonly ffmpeg?: FfmpegBinaries;
}

/** From a worker. */
export type WorkerReport =
  /** It can take jobs. */
  | { readonly type: 'ready' }
  /** It has started a program. */
  | { readonly type: 'child'; readonly pid: number }
  | { readonly type: 'done'; readonly result: DescribedMedia }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly reason: string };
