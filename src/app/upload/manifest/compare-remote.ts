import { createHash } from 'node:crypto';

import type { RemoteFile, UploadTarget } from '../../../upload/upload-target.js';
import type { ManifestEntry } from './upload-manifest.js';
import type { VerifiedFile } from './verified-file.js';

export type Comparison = Pick<VerifiedFile, 'state' | 'by' | 'reason'>;

export interface ComparisonOptions {
  readonly target: UploadTarget;
  /** Reads the bytes back if the target returns them, instead of asking for a checksum. */
  readonly reads: boolean;
}

/**
 * Compares a file at the target with its entry in a manifest.
 *
 * @throws {ChatferryError} what the target throws; the signal's reason.
 */
export async function compareRemote(
  entry: ManifestEntry,
  { target, reads }: ComparisonOptions,
  signal: AbortSignal,
): Promise<Comparison> {
  const remote: RemoteFile = { id: entry.remoteId, address: entry.remote };
  const { sizeBytes, sha256 } = entry.stored ?? entry;
  const confirmation = await target.confirm(remote, { sizeBytes, sha256 }, signal);
  if (confirmation.state === 'missing') return { state: 'missing', reason: `${entry.remote} no longer exists.` };
  if (confirmation.state === 'different') {
    const { by, found } = confirmation;
    return { state: 'different', by, reason: `The ${by} of ${entry.remote} is ${found}.` };
  }
  if (!reads || target.read === undefined) return { state: 'same', by: confirmation.by };
  const found = await digestUpTo(target.read(remote, signal), sizeBytes);
  if (found === sha256) return { state: 'same', by: 'read' };
  return { state: 'different', by: 'read', reason: `${entry.remote} returns different bytes than were sent.` };
}

/** Hex; undefined if the length differs. Stops reading at the expected size, even if the server sends more. */
async function digestUpTo(bytes: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<string | undefined> {
  const hash = createHash('sha256');
  let readBytes = 0;
  for await (const piece of bytes) {
    readBytes += piece.length;
    if (readBytes > sizeBytes) return undefined;
    hash.update(piece);
  }
  return readBytes === sizeBytes ? hash.digest('hex') : undefined;
}
