import type { Bandwidth } from './bandwidth.js';
import type { Parallelism } from './parallelism.js';
import type { Retry } from './retry.js';
import type { Rollout } from './rollout.js';
import type { SessionFiles } from './session-files.js';
import type { UploadStore } from './upload-store.js';
import type { UploadTarget } from './upload-target.js';

/** What all files of a run to one target share. */
export interface TargetRun {
  readonly target: UploadTarget;
  /** The budget of each path. */
  readonly budgets: { readonly parallel: Parallelism; readonly sequential: Parallelism };
  readonly rollout: Rollout;
  readonly bandwidth: Bandwidth;
  readonly retry: Retry;
  readonly sessions: SessionFiles;
  readonly store: UploadStore;
  /** The user's own size of parts. */
  readonly chosenPartBytes?: number;
  /** The user's own name for the sessions. */
  readonly sessionName?: string;
  readonly sessionLifeMs: number;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** Called with what people should know. */
  readonly onNote: (text: string) => void;
}
