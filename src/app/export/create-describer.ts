import { findSafeFfmpeg } from '../../media/ffmpeg/ffmpeg-binaries.js';
import { WorkerDescriber } from '../../media/worker-describer.js';
import type { ProcessTree } from '../../memory/process-tree.js';
import type { RunEvents } from '../../pipeline/export-progress.js';
import type { DescriptionPlan } from './export-plan.js';

export interface CreateDescriberOptions {
  readonly plan: DescriptionPlan;
  /** Counts the memory of the workers. */
  readonly tree: ProcessTree;
  readonly reporter: RunEvents;
}

/** Creates the describer of an export's media from its plan. Dispose of it to stop its workers. */
export function createDescriber({ plan, tree, reporter }: CreateDescriberOptions): WorkerDescriber {
  const { workerCount: concurrency, ffmpegPath, ffprobePath, ffmpegAnyVersion: anyVersion } = plan;
  return new WorkerDescriber({
    concurrency,
    ...(plan.transcode === undefined ? {} : { transcode: plan.transcode }),
    ...(plan.stripMetadata ? { stripMetadata: true } : {}),
    findFfmpeg: (signal) => findSafeFfmpeg({ ffmpegPath, ffprobePath, anyVersion, signal }),
    tree,
    onNote: (text) => {
      reporter.event({ type: 'note', text });
    },
  });
}
