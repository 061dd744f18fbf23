import { HeadObjectCommand } from '@aws-sdk/client-s3';

import type { OutgoingFile } from '../../upload-target.js';
import { unquoted } from './part-tag.js';
import type { S3Connection } from './s3-connection.js';
import { statusOf } from './s3-failure.js';

/** Our own note on an object, `x-amz-meta-chatferry-sha256`: the hex SHA-256 of its bytes. What lacks it is not ours. */
export const SHA256_NOTE = 'chatferry-sha256';

/** The metadata of an object. */
export interface StoredObject {
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag?: string;
  /** Hex, from our own note; undefined for a foreign object. */
  readonly notedSha256?: string;
  /** Base64, of the stored bytes. */
  readonly sha256?: string;
  /** Base64, composed from those of the parts, with their number: `…=-3`. */
  readonly partsSha256?: string;
}

/**
 * Reads the metadata of an object.
 *
 * @returns undefined if there is none. Without the permission to list a bucket, a store answers 403 for a missing
 *   object; with `mayBeForbidden` that counts as missing too.
 * @throws {ChatferryError}
 */
export async function storedObject(
  connection: S3Connection,
  key: string,
  { signal, mayBeForbidden = false }: { readonly signal: AbortSignal; readonly mayBeForbidden?: boolean },
): Promise<StoredObject | undefined> {
  const doing = `say what it has as ${key}`;
  const command = new HeadObjectCommand({ Bucket: connection.bucket, Key: key, ChecksumMode: 'ENABLED' });
  try {
    const found = await connection.sendRaw(command, { doing, signal });
    const sum = found.ChecksumSHA256;
    const isComposed = sum !== undefined && (found.ChecksumType === 'COMPOSITE' || /-\d+$/.test(sum));
    const note = found.Metadata?.[SHA256_NOTE];
    const etag = unquoted(found.ETag);
    return {
      sizeBytes: found.ContentLength ?? 0,
      ...(etag === undefined ? {} : { etag }),
      ...(note === undefined ? {} : { notedSha256: note }),
      ...(sum === undefined ? {} : isComposed ? { partsSha256: sum } : { sha256: sum }),
    };
  } catch (error) {
    signal.throwIfAborted();
    const status = statusOf(error);
    if (status === 404 || (status === 403 && mayBeForbidden)) return undefined;
    throw connection.failure(error, doing);
  }
}

/** Whether an object is this file, uploaded by us. */
export function isOurs(found: StoredObject | undefined, { sizeBytes, sha256 }: OutgoingFile): found is StoredObject {
  return found?.sizeBytes === sizeBytes && found.notedSha256 === sha256;
}
