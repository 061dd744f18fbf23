import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TargetLimits } from '../upload-target.js';

const MB = 1024 * 1024;

/** Part sizes by file size: larger parts need fewer requests, smaller ones lose less when a connection breaks. */
const STEPS: readonly (readonly [belowBytes: number, partBytes: number])[] = [
  [10 * MB, MB],
  [100 * MB, 5 * MB],
  [1024 * MB, 10 * MB],
  [Infinity, 20 * MB],
];

/** The plan is not changed if at least this share of the connection time over all rounds is used. */
const EVEN_RATIO = 0.98;

/** How a file is divided. All parts but the last have `partBytes`. */
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

export interface PartChoice {
  /** The size chosen by the user; undefined: by the size of the file. */
  readonly chosenPartBytes?: number | undefined;
  /** How many parts are sent at once. @defaultValue 1 */
  readonly parallelCount?: number;
}

/**
 * Divides a file into parts that the target accepts.
 *
 * The size is the user's, or chosen by the size of the file and the preference of the target. It is raised to the
 * target's smallest part size and to the size that keeps the number of parts within the limit, rounded up to the
 * granularity, and capped by the largest part size. If several parts are sent at once, a chosen size is adjusted so
 * that they fill whole rounds: ten parts on eight connections would take as long as sixteen.
 *
 * @throws {ChatferryError} `STORE_REFUSED` when the target does not accept such a file.
 */
export function planParts(
  sizeBytes: number,
  limits: TargetLimits,
  { chosenPartBytes, parallelCount = 1 }: PartChoice = {},
): PartPlan {
  if (sizeBytes <= (limits.wholeUpToBytes ?? -1)) {
    return { sizeBytes, partBytes: Math.max(1, sizeBytes), partCount: 1 };
  }
  const usual = cut(sizeBytes, limits, chosenPartBytes ?? defaultPartBytes(sizeBytes, limits));
  const plan = chosenPartBytes === undefined ? inWholeRounds(usual, limits, parallelCount) : usual;
  if (plan.partCount <= limits.maxPartCount) return plan;
  const message = `A file of ${sizeBytes} bytes would need ${plan.partCount} parts, and the target takes ${limits.maxPartCount}. Choose another target for it.`;
  throw new ChatferryError('STORE_REFUSED', message);
}

function cut(sizeBytes: number, limits: TargetLimits, wantedBytes: number): PartPlan {
  const { minPartBytes, maxPartBytes, partGranularityBytes, maxPartCount } = limits;
  const needed = Math.max(wantedBytes, minPartBytes, Math.ceil(sizeBytes / maxPartCount), 1);
  const rounded = Math.ceil(needed / partGranularityBytes) * partGranularityBytes;
  const most = Math.floor(maxPartBytes / partGranularityBytes) * partGranularityBytes;
  const partBytes = Number.isFinite(most) ? Math.min(rounded, most) : rounded;
  return { sizeBytes, partBytes, partCount: Math.max(1, Math.ceil(sizeBytes / partBytes)) };
}

/** Smaller parts in the same number of rounds if the target accepts them, else larger ones in one round less. */
function inWholeRounds(usual: PartPlan, limits: TargetLimits, parallelCount: number): PartPlan {
  const { sizeBytes, partCount } = usual;
  const rounds = partCount / parallelCount;
  if (rounds <= 1 || rounds / Math.ceil(rounds) >= EVEN_RATIO) return usual;
  for (const wholeRounds of [Math.ceil(rounds), Math.floor(rounds)]) {
    const wanted = Math.ceil(sizeBytes / (wholeRounds * parallelCount));
    const plan = cut(sizeBytes, limits, wanted);
    if (plan.partBytes < wanted + limits.partGranularityBytes && plan.partCount <= wholeRounds * parallelCount)
      return plan;
  }
  return usual;
}

/** The range of one part. */
export function partRange({ sizeBytes, partBytes, partCount }: PartPlan, index: number): PartRange {
  const offset = index * partBytes;
  const isLast = index === partCount - 1;
  return { index, offset, sizeBytes: isLast ? sizeBytes - offset : partBytes, isLast };
}

function defaultPartBytes(sizeBytes: number, { preferredPartBytes = 1 }: TargetLimits): number {
  const planned = STEPS.find(([belowBytes]) => sizeBytes < belowBytes)?.[1] ?? 20 * MB;
  return Math.max(planned, preferredPartBytes);
}
