import type { ErrorCode } from '../../errors/chatferry-error.js';
import type { CopyToProve } from '../film/copy/copy-proof.js';
import type { FfmpegBinaries } from '../ffmpeg/ffmpeg-binaries.js';
import type { DescribedMedia, MediaJob } from '../media-job.js';

/** What a worker can do: describe a file, or prove that one file holds all that another does. */
export type WorkerTask =
  { readonly type: 'describe'; readonly job: MediaJob } | { readonly type: 'prove'; readonly copy: CopyToProve };

/** The file that a task is about. */
export function pathOf(task: WorkerTask): string {
  return task.type === 'describe' ? task.job.path : task.copy.copy;
}

/** To a worker: one task. It has one at a time. */
export interface WorkerOrder {
  readonly task: WorkerTask;
  /** For files on their way: the worker's own, and removed when it ends, however it ends. */
  readonly workFolder: string;
  readonly ffmpeg?: FfmpegBinaries;
  /** Said of files that need one, where there is none. */
  readonly noFfmpeg?: string;
}

/** To a worker that has asked: what it needs is there. */
export interface WorkerAdmission {
  readonly type: 'admitted';
}

/** From a worker. */
export type WorkerReport =
  /** It can take jobs. */
  | { readonly type: 'ready' }
  /** It has started a program. */
  | { readonly type: 'child'; readonly pid: number }
  /** Its task will hold that much, and may be ended where it holds more; it goes on when it is told that it may. */
  | { readonly type: 'needs'; readonly bytes: number; readonly mayHoldNoMore: boolean }
  | { readonly type: 'done'; readonly result: DescribedMedia }
  /** The copy is one. What speaks against it is a failure. */
  | { readonly type: 'proved' }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly reason: string };
