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
 * How to check that the target still has a file of an earlier run. `remembered`: the record is trusted. `far-end`: the
 * target is asked, and a local file is read again only if it has changed. `content`: every local file is read as well.
 */
export type UploadCheck = 'remembered' | 'far-end' | 'content';

/** The state that all files of a run to one target share. */
export interface TargetRun {
  readonly target: UploadTarget;
  /**
   * Resolves when the target was checked. The first files are read meanwhile. When it rejects, no file is sent.
   * @defaultValue it was checked before
   */
  readonly checked?: Promise<void>;
  /** The limit for the requests of all files. */
  readonly parallelism: Parallelism;
  /**
   * The number of concurrent requests that part sizes are chosen for, however files are sent, because the ETag of an
   * object depends on its parts. @defaultValue the maximum of `parallelism`
   */
  readonly cutFor?: number;
  readonly rollout: Rollout;
  readonly bandwidth: Bandwidth;
  /** Set if the limit adapts to the connection. */
  readonly adaptive?: AdaptiveBandwidth;
  readonly retry: Retry;
  readonly pause: SharedPause;
  readonly sessions: SessionFiles;
  readonly store: UploadStore;
  /** The part size chosen by the user. */
  readonly chosenPartBytes?: number;
  /** The user's own name for the sessions. */
  readonly sessionName?: string;
  readonly sessionLifeMs: number;
  /** Whether files that shrink are sent as gzip, if the target can declare that. @defaultValue `false` */
  readonly compress?: boolean;
  /** @defaultValue `far-end` */
  readonly check?: UploadCheck;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** Called with messages for the user. */
  readonly onNote: (text: string) => void;
}
