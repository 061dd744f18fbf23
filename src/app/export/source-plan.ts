import type { Settings } from '../../config/settings.js';
import { exportMode } from '../../pipeline/processor/create-processor.js';

/** The resolved settings for how a source fetches files. */
export interface SourcePlan {
  /** Maximum number of files at once. Undefined: as many as Telegram recommends. */
  readonly maxFiles: number | undefined;
  /** Whether several parts of one file may be fetched at once. */
  readonly splitsFiles: boolean;
}

/** Resolves the settings of a source. */
export function planSource(settings: Settings): SourcePlan {
  const { maxParallelMedia } = settings;
  return Object.freeze({
    maxFiles: maxParallelMedia === 0 ? undefined : maxParallelMedia,
    // Only the window mode fetches parts in parallel. The other modes are the simple baseline: one request per file.
    splitsFiles: exportMode(settings) === 'window',
  });
}
