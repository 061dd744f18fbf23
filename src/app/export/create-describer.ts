import type { Settings } from '../../config/settings.js';
import { findSafeFfmpeg } from '../../media/ffmpeg/ffmpeg-binaries.js';
import { WorkerDescriber } from '../../media/worker-describer.js';
import type { ProcessTree } from '../../memory/process-tree.js';
import type { ProgressReporter } from '../../pipeline/export-progress.js';
import { workerCount } from '../process-media.js';

export interface CreateDescriberOptions {
  readonly settings: Settings;
  /** The memory of the workers is counted here. */
  readonly tree: ProcessTree;
  readonly reporter: ProgressReporter;
}

/** What describes the media of an export, by the settings. Dispose of it to end its workers. */
export function createDescriber({ settings, tree, reporter }: CreateDescriberOptions): WorkerDescriber {
  const { ffmpegPath, ffprobePath, ffmpegAnyVersion: anyVersion, mediaTranscode, stripMetadata } = settings;
  return new WorkerDescriber({
    concurrency: workerCount(settings.maxWorkers),
    ...(mediaTranscode === 'off' ? {} : { transcode: mediaTranscode }),
    ...(stripMetadata ? { stripMetadata } : {}),
    findFfmpeg: (signal) => findSafeFfmpeg({ ffmpegPath, ffprobePath, anyVersion, signal }),
    tree,
    onNote: (text) => {
      reporter.event({ type: 'note', text });
    },
  });
}
