import { findSafeFfmpeg } from '../../media/ffmpeg/ffmpeg-binaries.js';
import { WorkerDescriber } from '../../media/worker-describer.js';
import type { ProcessTree } from '../../memory/process-tree.js';
import type { RunEvents } from '../../pipeline/export-progress.js';
import type { DescriptionPlan } from './export-plan.js';

export interface CreateDescriberOptions {
  readonly plan: DescriptionPlan;
  /** The memory of the workers is counted here. */
  readonly tree: ProcessTree;
  readonly reporter: RunEvents;
}

/** What describes the media of an export, by its plan. Dispose of it to end its workers. */
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
