import type { AdaptiveBandwidth } from './pace/adaptive-bandwidth.js';
import type { Bandwidth } from './pace/bandwidth.js';
import type { Parallelism } from './pace/parallelism.js';
import type { Retry } from './pace/retry.js';
import type { Rollout } from './pace/rollout.js';
import type { SharedPause } from './pace/shared-pause.js';
import type { SessionFiles } from './session/session-files.js';
import type { UploadStore } from './session/upload-store.js';
import type { UploadTarget } from './upload-target.js';

/**
 * How a file is known to be at the far end that an earlier run has sent. `remembered`: that run's word is taken. `far-end`:
 * the far end is asked, and a file is read again only where it was touched since. `content`: every file is read as well.
 */
export type UploadCheck = 'remembered' | 'far-end' | 'content';

/** What all files of a run to one target share. */
export interface TargetRun {
  readonly target: UploadTarget;
  /**
   * Resolves when the target was checked. The first files are read meanwhile. When it rejects, no file is sent.
   * @defaultValue it was checked before
   */
  readonly checked?: Promise<void>;
  /** One budget for the requests of all files. */
  readonly parallelism: Parallelism;
  /**
   * So many requests at a time files are cut for, however they are sent: the mark that a store gives an object depends on its
   * parts. @defaultValue the most of `parallelism`
   */
  readonly cutFor?: number;
  readonly rollout: Rollout;
  readonly bandwidth: Bandwidth;
  /** Where the limit follows the line. */
  readonly adaptive?: AdaptiveBandwidth;
  readonly retry: Retry;
  readonly pause: SharedPause;
  readonly sessions: SessionFiles;
  readonly store: UploadStore;
  /** The user's own size of parts. */
  readonly chosenPartBytes?: number;
  /** The user's own name for the sessions. */
  readonly sessionName?: string;
  readonly sessionLifeMs: number;
  /** What shrinks is sent as gzip where the target can say so. @defaultValue `false` */
  readonly compress?: boolean;
  /** @defaultValue `far-end` */
  readonly check?: UploadCheck;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** Called with messages for the user. */
  readonly onNote: (text: string) => void;
}
