import { HeadObjectCommand } from '@aws-sdk/client-s3';

import type { OutgoingFile } from '../../upload-target.js';
import { unquoted } from './part-tag.js';
import type { S3Connection } from './s3-connection.js';
import { statusOf } from './s3-failure.js';

/** Our own note on an object, `x-amz-meta-chatferry-sha256`: the hex SHA-256 of its bytes. What lacks it is not ours. */
export const SHA256_NOTE = 'chatferry-sha256';

/** What a store says of an object without giving its bytes. */
export interface StoredObject {
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag?: string;
  /** Hex, as we noted it; undefined for an object that is not ours. */
  readonly notedSha256?: string;
  /** Base64, of the bytes as the store has them. */
  readonly sha256?: string;
  /** Base64, composed of the parts'; with their number: `…=-3`. */
  readonly partsSha256?: string;
}

/**
 * Looks at an object.
 *
 * @returns undefined where there is none, and where the store does not say: without the right to list a bucket, what is not
 *   there looks as if it were forbidden. `mayBeForbidden` takes that for none as well.
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

/** Whether an object is this file, as we put it there. */
export function isOurs(found: StoredObject | undefined, { sizeBytes, sha256 }: OutgoingFile): found is StoredObject {
  return found?.sizeBytes === sizeBytes && found.notedSha256 === sha256;
}
