import type { Settings } from '../../config/settings.js';
import { memoryLimit } from '../../memory/memory-limit.js';
import type { ExportMode } from '../exporter.js';
import { ParallelMediaProcessor, type ProcessorParts } from './parallel-media-processor.js';
import { checkConfiguration, type CheckedConfiguration } from './processor-configuration.js';

/**
 * Share of the memory of the machine or control group that is used when no limit is set. Other programs need the rest.
 */
const AUTOMATIC_SHARE = 0.75;
const BYTES_PER_MB = 1024 * 1024;

export type ProcessorSettings = Pick<
  Settings,
  | 'maxParallelMedia'
  | 'parallelMediaProcessing'
  | 'parallelMediaMode'
  | 'parallelMediaMemoryLimitMb'
  | 'parallelMediaCheckIntervalMs'
  | 'parallelMediaWindow'
>;

/** The effective mode: `sequential` if parallel processing is switched off, whatever the mode setting says. */
export function exportMode({ parallelMediaProcessing, parallelMediaMode }: ProcessorSettings): ExportMode {
  return parallelMediaProcessing ? parallelMediaMode : 'sequential';
}

/** Resolves the settings of a processor. A sequential one also takes one message at a time. */
export async function processorConfiguration(settings: ProcessorSettings): Promise<CheckedConfiguration> {
  const sequential = exportMode(settings) === 'sequential';
  const limitMb = settings.parallelMediaMemoryLimitMb;
  return checkConfiguration({
    maxConcurrent: settings.maxParallelMedia,
    enableParallel: !sequential,
    memoryLimitMb: limitMb > 0 ? limitMb : ((await memoryLimit()).bytes * AUTOMATIC_SHARE) / BYTES_PER_MB,
    checkMemoryInterval: settings.parallelMediaCheckIntervalMs,
    windowSize: sequential ? 1 : settings.parallelMediaWindow,
    workload: 'download',
  });
}

/** Creates a processor from settings. */
export async function createProcessor(
  settings: ProcessorSettings,
  parts?: ProcessorParts,
): Promise<ParallelMediaProcessor> {
  return new ParallelMediaProcessor(await processorConfiguration(settings), parts);
}
