import { ChatferryError } from '../../errors/chatferry-error.js';
import type { TargetLimits, UploadTarget } from '../upload-target.js';

/**
 * The largest file that a target accepts: the lower of its limit for files, and its largest part size times its highest
 * number of parts.
 */
export function largestFileBytes(limits: TargetLimits): number {
  const { maxPartBytes, partGranularityBytes, maxPartCount } = limits;
  const fullPartBytes = Math.floor(maxPartBytes / partGranularityBytes) * partGranularityBytes;
  return Math.min(limits.largestFileBytes, Math.max(fullPartBytes * maxPartCount, limits.wholeUpToBytes ?? 0));
}

/** @throws {ChatferryError} `STORE_REFUSED`, naming both sizes, for a file that is larger than the target accepts. */
export function requireSize(
  path: string,
  sizeBytes: number,
  { id, limits }: Pick<UploadTarget, 'id' | 'limits'>,
): void {
  const most = largestFileBytes(limits);
  if (sizeBytes <= most) return;
  const message = `${path} has ${sizeBytes} bytes, and ${id} takes files of up to ${most} bytes. Choose another target for it.`;
  throw new ChatferryError('STORE_REFUSED', message);
}
