import type { Settings } from '../../config/settings.js';
import { exportMode } from '../../pipeline/processor/create-processor.js';

/** How a source fetches files, with every "automatic" resolved. */
export interface SourcePlan {
  /** Files at once. Undefined: as many as Telegram asks for. */
  readonly maxFiles: number | undefined;
  /** Whether several parts of one file may come at once. */
  readonly splitsFiles: boolean;
}

/** Resolves the settings of a source. */
export function planSource(settings: Settings): SourcePlan {
  const { maxParallelMedia } = settings;
  return Object.freeze({
    maxFiles: maxParallelMedia === 0 ? undefined : maxParallelMedia,
    // Files in parts belong to the window. The other modes are the plain ways to compare it with: a medium, a request.
    splitsFiles: exportMode(settings) === 'window',
  });
}
