import type { ErrorCode } from '../../errors/chatferry-error.js';
import type { CopyToProve } from '../film/copy/copy-proof.js';
import type { FfmpegBinaries } from '../ffmpeg/ffmpeg-binaries.js';
import type { DescribedMedia, MediaJob } from '../media-job.js';

/** The tasks of a worker: describe a file, or prove that a copy is complete. */
export type WorkerTask =
  { readonly type: 'describe'; readonly job: MediaJob } | { readonly type: 'prove'; readonly copy: CopyToProve };

/** The file that a task is about. */
export function pathOf(task: WorkerTask): string {
  return task.type === 'describe' ? task.job.path : task.copy.copy;
}

/** To a worker: one task. It has one at a time. */
export interface WorkerOrder {
  readonly task: WorkerTask;
  /** For temporary files: the worker's own, removed after it has ended, however it ended. */
  readonly workFolder: string;
  readonly ffmpeg?: FfmpegBinaries;
  /** The problem text for files that need ffmpeg, where there is none. */
  readonly noFfmpeg?: string;
}

/** To a worker that has asked: its memory is available. */
export interface WorkerAdmission {
  readonly type: 'admitted';
}

/** From a worker. */
export type WorkerReport =
  /** It is ready for jobs. */
  | { readonly type: 'ready' }
  /** It has started a program. */
  | { readonly type: 'child'; readonly pid: number }
  /** Its task needs this much memory, and with `mayHoldNoMore` is ended if it uses more. It waits for a {@link WorkerAdmission}. */
  | { readonly type: 'needs'; readonly bytes: number; readonly mayHoldNoMore: boolean }
  | { readonly type: 'done'; readonly result: DescribedMedia }
  /** The copy is complete. A faulty copy is reported as `failed`. */
  | { readonly type: 'proved' }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly reason: string };
