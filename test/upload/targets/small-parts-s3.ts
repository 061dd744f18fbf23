import { S3Target } from '../../../src/upload/targets/s3/s3-target.js';
import type { TargetLimits } from '../../../src/upload/upload-target.js';
import { LEAST_PART_BYTES } from '../servers/radosgw.js';

export const SMALL_PART_BYTES: number = LEAST_PART_BYTES;

/** A bucket whose parts may be small: what is tried with hundreds of files would take minutes with parts of 5 MiB. */
export class SmallPartsS3 extends S3Target {
  override readonly limits: TargetLimits = {
    minPartBytes: SMALL_PART_BYTES,
    maxPartBytes: 1024 ** 3,
    partGranularityBytes: 1,
    maxPartCount: 10_000,
    wholeUpToBytes: 100_000,
    largestFileBytes: 1024 ** 4,
  };
}
