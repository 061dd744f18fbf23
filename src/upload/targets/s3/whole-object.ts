import { PutObjectCommand } from '@aws-sdk/client-s3';

import type { PartReceipt, PartToSend } from '../../upload-target.js';
import { sendBody } from './part-body.js';
import { partTag } from './part-tag.js';
import { keeping, replaceableEtag, requireSum, type S3Context, sumOf } from './s3-context.js';
import { statusOf } from './s3-failure.js';
import { isOurs, type StoredObject, storedObject } from './stored-object.js';

/** One retry to replace the object that has the key by now, one without a condition that the store refuses. */
const MAX_TRIES = 3;

export interface WholeObject {
  readonly key: string;
  /** The ETag of the object that may be replaced. */
  readonly replaces: string | undefined;
}

/**
 * Sends a file in one request. Never overwrites a foreign object, even one that was written meanwhile.
 *
 * @throws {ChatferryError} `STORE_REFUSED` if there is such an object.
 */
export async function putWhole(
  context: S3Context,
  { key, replaces, part, file }: WholeObject & PartToSend,
  signal: AbortSignal,
): Promise<PartReceipt> {
  const { connection, options, conditions } = context;
  const doing = `take ${file.name}`;
  let condition = conditions.of(replaces);
  for (let tryNumber = 1; ; tryNumber += 1) {
    const input = {
      Bucket: connection.bucket,
      Key: key,
      ContentLength: part.sizeBytes,
      ...keeping(options, file),
      ...sumOf(part, context.keepsSums()),
      ...condition,
    };
    try {
      const answer = await sendBody(
        part,
        (Body, either) =>
          connection.sendRaw(new PutObjectCommand({ ...input, Body }), {
            doing,
            bodySha256: part.sha256,
            signal: either,
          }),
        signal,
      );
      requireSum(part, answer.ChecksumSHA256, file);
      return { index: part.index, tag: partTag(answer.ETag, answer.ChecksumSHA256) };
    } catch (error) {
      signal.throwIfAborted();
      if (tryNumber === MAX_TRIES) throw connection.failure(error, doing);
      if (conditions.isRefusedBy(error)) {
        condition = {};
        continue;
      }
      const isNotMet = statusOf(error) === 412 || (statusOf(error) === 404 && 'IfMatch' in condition);
      if (!isNotMet) throw connection.failure(error, doing);
      const found = await storedObject(connection, key, { signal });
      // The answer to an earlier try was lost.
      if (isOurs(found, file)) return { index: part.index, tag: tagOf(found) };
      const other = replaceableEtag(found, connection, key);
      condition = conditions.isMisread(condition, other) ? {} : conditions.of(other);
    }
  }
}

/** The tag that the answer to the request would have contained. */
export function tagOf({ etag, sha256 }: StoredObject): string {
  return partTag(etag, sha256);
}
