import { availableParallelism } from 'node:os';

import { DEFAULT_MEMORY_CHECK_INTERVAL_MS, DEFAULT_WINDOW_SIZE } from '../../config/setting-defaults.js';
import { ChatferryError } from '../../errors/chatferry-error.js';

/** The bottleneck of the jobs: the network or the processor cores. */
export type Workload = 'download' | 'processing';

export interface ProcessorConfiguration {
  /** Jobs at once. 0 = automatic, see {@link automaticConcurrency}. @defaultValue 0 */
  readonly maxConcurrent?: number;
  /** Resident memory of the process and its children above which no new permit is given, in MiB. */
  readonly memoryLimitMb: number;
  /** `false` runs one job at a time. @defaultValue true */
  readonly enableParallel?: boolean;
  /** Milliseconds between two readings of memory. @defaultValue 500 */
  readonly checkMemoryInterval?: number;
  /** Maximum number of messages taken from a stream and not yet yielded. @defaultValue 500 */
  readonly windowSize?: number;
  /** The kind of jobs that `maxConcurrent: 0` is resolved for. @defaultValue 'download' */
  readonly workload?: Workload;
}

/** A checked configuration with all defaults filled in. */
export type CheckedConfiguration = Required<ProcessorConfiguration>;

export const MAX_CONCURRENT_CEILING = 64;

/**
 * The automatic number of jobs at once. Processing is bound by the cores: half of their number. Downloads mostly wait
 * for the network: four per core, at least 8 and at most 16.
 */
export function automaticConcurrency(workload: Workload, coreCount: number = availableParallelism()): number {
  return workload === 'processing' ? Math.max(1, Math.floor(coreCount / 2)) : Math.min(16, Math.max(8, coreCount * 4));
}

/** @throws {ChatferryError} `USAGE`, naming the field and its value. */
export function checkConfiguration(configuration: ProcessorConfiguration): CheckedConfiguration {
  const {
    maxConcurrent = 0,
    memoryLimitMb,
    enableParallel = true,
    checkMemoryInterval = DEFAULT_MEMORY_CHECK_INTERVAL_MS,
    windowSize = DEFAULT_WINDOW_SIZE,
    workload = 'download',
  } = configuration;
  if (!Number.isSafeInteger(maxConcurrent) || maxConcurrent < 0 || maxConcurrent > MAX_CONCURRENT_CEILING) {
    throw refusal('maxConcurrent', `an integer from 0 (automatic) to ${MAX_CONCURRENT_CEILING}`, maxConcurrent);
  }
  if (!(memoryLimitMb > 0)) throw refusal('memoryLimitMb', 'more than 0', memoryLimitMb);
  if (!(checkMemoryInterval > 0)) throw refusal('checkMemoryInterval', 'more than 0 ms', checkMemoryInterval);
  if (!Number.isSafeInteger(windowSize) || windowSize < 1) {
    throw refusal('windowSize', 'an integer of 1 or more', windowSize);
  }
  return {
    maxConcurrent: maxConcurrent === 0 ? automaticConcurrency(workload) : maxConcurrent,
    memoryLimitMb,
    enableParallel,
    checkMemoryInterval,
    windowSize,
    workload,
  };
}

function refusal(field: string, expected: string, value: number): ChatferryError {
  return new ChatferryError('USAGE', `${field} must be ${expected}, got ${value}.`);
}
