import { ChatferryError } from '../errors/chatferry-error.js';
import type { TargetLimits } from './upload-target.js';

const MB = 1024 * 1024;

/** Part sizes by file size: larger parts need fewer requests, smaller ones lose less when the line is cut. */
const STEPS: readonly (readonly [belowBytes: number, partBytes: number])[] = [
  [10 * MB, MB],
  [100 * MB, 5 * MB],
  [1024 * MB, 10 * MB],
  [Infinity, 20 * MB],
];

/** How a file is cut. All parts but the last have `partBytes`. */
export interface PartPlan {
  readonly sizeBytes: number;
  readonly partBytes: number;
  /** 1 for an empty file: its one part is empty. */
  readonly partCount: number;
}

/** A byte range of a file. */
export interface PartRange {
  /** From 0. */
  readonly index: number;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly isLast: boolean;
}

/**
 * Cuts a file into parts that the target takes.
 *
 * @param chosenPartBytes - The user's own size; undefined: by the size of the file.
 * @throws {ChatferryError} `USAGE` when the target takes no such file.
 */
export function planParts(sizeBytes: number, limits: TargetLimits, chosenPartBytes?: number): PartPlan {
  if (sizeBytes <= (limits.wholeUpToBytes ?? -1)) {
    return { sizeBytes, partBytes: Math.max(1, sizeBytes), partCount: 1 };
  }
  const { leastPartBytes, mostPartBytes, partGranularityBytes, mostPartCount } = limits;
  const wanted = chosenPartBytes ?? defaultPartBytes(sizeBytes);
  const needed = Math.max(wanted, leastPartBytes, Math.ceil(sizeBytes / mostPartCount), 1);
  const rounded = Math.ceil(needed / partGranularityBytes) * partGranularityBytes;
  const most = Math.floor(mostPartBytes / partGranularityBytes) * partGranularityBytes;
  const partBytes = Number.isFinite(most) ? Math.min(rounded, most) : rounded;
  const partCount = Math.max(1, Math.ceil(sizeBytes / partBytes));
  if (partCount > mostPartCount) {
    const message = `A file of ${sizeBytes} bytes would need ${partCount} parts, and the target takes ${mostPartCount}.`;
    throw new ChatferryError('USAGE', message);
  }
  return { sizeBytes, partBytes, partCount };
}

/** The range of one part. */
export function partRange({ sizeBytes, partBytes, partCount }: PartPlan, index: number): PartRange {
  const offset = index * partBytes;
  const isLast = index === partCount - 1;
  return { index, offset, sizeBytes: isLast ? sizeBytes - offset : partBytes, isLast };
}

function defaultPartBytes(sizeBytes: number): number {
  return STEPS.find(([belowBytes]) => sizeBytes < belowBytes)?.[1] ?? 20 * MB;
}
