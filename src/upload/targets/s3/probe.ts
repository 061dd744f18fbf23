import { createHash } from 'node:crypto';

import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';

import type { ChecksumProfile } from './checksum-profile.js';
import type { S3Connection } from './s3-connection.js';
import { s3CodeOf, statusOf } from './s3-failure.js';

const BODY = Buffer.from('chatferry');
const BODY_SHA256 = createHash('sha256').update(BODY).digest();
const OTHER_SHA256 = createHash('sha256').update('something else').digest('base64');

/**
 * Finds out how a store verifies uploads, with a multipart upload that is never completed: whether it supports SHA-256
 * checksums, returns one for a part, and refuses a part with a wrong checksum.
 *
 * @param prefix - The prefix of our keys, with its slash.
 * @throws {ChatferryError} if it refuses to begin the upload: no bucket, no write permission.
 */
export async function probeChecksums(
  connection: S3Connection,
  prefix: string,
  signal: AbortSignal,
): Promise<ChecksumProfile> {
  const place = { Bucket: connection.bucket, Key: `${prefix}.chatferry-probe` };
  const doing = 'say which checksums it takes';
  const begin = new CreateMultipartUploadCommand({ ...place, ChecksumAlgorithm: 'SHA256' });
  let begun;
  try {
    begun = await connection.sendRaw(begin, { doing, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isNotUnderstood(error)) return 'compatible';
    throw connection.failure(error, doing);
  }
  const { UploadId, ChecksumAlgorithm } = begun;
  try {
    if (ChecksumAlgorithm !== 'SHA256') return 'compatible';
    const isKept = async (sum: string): Promise<boolean> => {
      const part = { ...place, UploadId, PartNumber: 1, Body: BODY, ChecksumSHA256: sum };
      const sending = { doing, signal, bodySha256: BODY_SHA256.toString('hex') };
      try {
        const answer = await connection.sendRaw(new UploadPartCommand(part), sending);
        return answer.ChecksumSHA256 === sum;
      } catch (error) {
        signal.throwIfAborted();
        const status = statusOf(error);
        if (status !== undefined && status >= 400 && status < 500) return false;
        throw connection.failure(error, doing);
      }
    };
    const keeps = (await isKept(BODY_SHA256.toString('base64'))) && !(await isKept(OTHER_SHA256));
    return keeps ? 'aws' : 'compatible';
  } finally {
    if (!signal.aborted) {
      await connection.send(new AbortMultipartUploadCommand({ ...place, UploadId }), { doing, signal });
    }
  }
}

/** Errors of stores that do not support a header or the form of a request. */
function isNotUnderstood(error: unknown): boolean {
  const code = s3CodeOf(error) ?? '';
  return [400, 411, 501].includes(statusOf(error) ?? 0) && code !== 'AuthorizationHeaderMalformed';
}
