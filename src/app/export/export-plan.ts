import type { Settings } from '../../config/settings.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { Preset } from '../../media/film/transcode.js';
import type { ExportMode } from '../../pipeline/exporter.js';
import type { MediaSelection } from '../../pipeline/media-selection.js';
import { exportMode } from '../../pipeline/processor/create-processor.js';
import type { CheckedConfiguration } from '../../pipeline/processor/processor-configuration.js';
import { workerCount } from '../worker-count.js';

/** The derivatives that an export makes. */
export interface DescriptionPlan {
  /** How many files are processed at once, each in its own process. */
  readonly workerCount: number;
  /** Undefined: no smaller copies. */
  readonly transcode: Preset | undefined;
  readonly stripMetadata: boolean;
  /** Whether a smaller copy replaces its original. */
  readonly replacesOriginals: boolean;
  /** Undefined: the one that is found in PATH. */
  readonly ffmpegPath: string | undefined;
  readonly ffprobePath: string | undefined;
  readonly ffmpegAnyVersion: boolean;
}

/** The resolved settings of an export, without "automatic" values. The code below it reads no settings. */
export interface ExportPlan {
  readonly mode: ExportMode;
  readonly selection: MediaSelection;
  /** Whether files that the archive already has are linked instead of fetched. */
  readonly deduplicates: boolean;
  /** How long to wait for hashes of a file that may be in the archive under another id. */
  readonly hashTimeoutMs: number;
  /** Undefined: no derivatives are made. */
  readonly describing: DescriptionPlan | undefined;
  /** Undefined: renderers use the zone of this machine. */
  readonly timeZone: string | undefined;
}

/**
 * Resolves the settings of an export.
 *
 * @param configuration - Of the processor that runs the export. A sequential one makes the export sequential.
 * @throws {ChatferryError} `USAGE` when the settings require a sequential export, but the processor runs several jobs.
 */
export function planExport(settings: Settings, configuration: CheckedConfiguration): ExportPlan {
  const mode = exportMode(settings);
  if (mode === 'sequential' && configuration.enableParallel && configuration.maxConcurrent > 1) {
    throw new ChatferryError(
      'USAGE',
      `The settings ask for a sequential export, and its processor runs ${configuration.maxConcurrent} jobs at once. Give it one with enableParallel: false, or set PARALLEL_MEDIA_MODE=window.`,
    );
  }
  const { mediaKinds, maxMediaSizeBytes } = settings;
  return Object.freeze({
    mode: configuration.enableParallel ? mode : 'sequential',
    selection: Object.freeze({
      kinds: new Set(mediaKinds),
      ...(maxMediaSizeBytes > 0 ? { maxSizeBytes: maxMediaSizeBytes } : {}),
    }),
    deduplicates: settings.deduplicateMedia,
    hashTimeoutMs: settings.hashApiTimeoutMs,
    describing: settings.mediaDerivatives ? planDescription(settings) : undefined,
    timeZone: settings.timeZone,
  });
}

function planDescription(settings: Settings): DescriptionPlan {
  const { mediaTranscode, ffmpegPath, ffprobePath, ffmpegAnyVersion, stripMetadata } = settings;
  return Object.freeze({
    workerCount: workerCount(settings.maxWorkers),
    transcode: mediaTranscode === 'off' ? undefined : mediaTranscode,
    stripMetadata,
    replacesOriginals: mediaTranscode !== 'off' && settings.mediaTranscodeOriginals === 'replace',
    ffmpegPath,
    ffprobePath,
    ffmpegAnyVersion,
  });
}
