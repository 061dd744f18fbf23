import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { UploadGone } from '../../upload-gone.js';
import type { OutgoingFile, PartReceipt, PartToSend, SentParts } from '../../upload-target.js';
import type { ObjectId } from './object-id.js';
import { sendBody } from './part-body.js';
import { composedSha256, partTag, readPartTag, unquoted } from './part-tag.js';
import { keeping, replaceable, requireSum, type S3Context, sumOf } from './s3-context.js';
import { s3CodeOf, statusOf } from './s3-failure.js';
import { isOurs, storedObject } from './stored-object.js';

/** A multipart upload that was begun. */
export interface Multipart {
  readonly key: string;
  readonly uploadId: string;
  /** The ETag of the object that may be replaced. */
  readonly replaces?: string | undefined;
}

interface KeyedFile {
  readonly key: string;
  readonly file: OutgoingFile;
}

/**
 * Begins an upload, and looks meanwhile at what has its key: both at once save a round trip.
 *
 * @throws {ChatferryError} `STORE_REFUSED` for an object that is not ours. Then the upload is aborted.
 */
export async function beginReplacing(
  context: S3Context,
  { key, file }: KeyedFile,
  signal: AbortSignal,
): Promise<Omit<Multipart, 'replaces'> & { readonly replaces?: string }> {
  const [found, begun] = await Promise.allSettled([
    replaceable(context.connection, key, signal),
    beginMultipart(context, { key, file }, signal),
  ]);
  if (found.status === 'rejected') {
    // Why the object may not be replaced matters more than why an upload could not be aborted.
    if (begun.status === 'fulfilled')
      await Promise.allSettled([abortMultipart(context, { key, uploadId: begun.value }, signal)]);
    throw found.reason;
  }
  if (begun.status === 'rejected') throw begun.reason;
  const replaces = found.value;
  return { key, uploadId: begun.value, ...(replaces === undefined ? {} : { replaces }) };
}

async function beginMultipart(
  { connection, options, keepsSums }: S3Context,
  { key, file }: KeyedFile,
  signal: AbortSignal,
): Promise<string> {
  const command = new CreateMultipartUploadCommand({
    Bucket: connection.bucket,
    Key: key,
    ...keeping(options, file),
    ...(keepsSums() ? { ChecksumAlgorithm: 'SHA256' } : {}),
  });
  const { UploadId } = await connection.send(command, { doing: `begin the upload of ${file.name}`, signal });
  if (UploadId !== undefined && UploadId !== '') return UploadId;
  throw new ChatferryError('REMOTE_ERROR', `${connection.host} began an upload without saying which.`, {
    retryable: true,
  });
}

/** @throws {UploadGone} if the store has discarded the upload. */
export async function sendMultipart(
  { connection, keepsSums }: S3Context,
  { key, uploadId, part, file }: Multipart & PartToSend,
  signal: AbortSignal,
): Promise<PartReceipt> {
  const doing = `take part ${part.index + 1} of ${file.name}`;
  const input = {
    Bucket: connection.bucket,
    Key: key,
    UploadId: uploadId,
    PartNumber: part.index + 1,
    ContentLength: part.sizeBytes,
    ...sumOf(part, keepsSums()),
  };
  try {
    const answer = await sendBody(
      part,
      (Body, either) =>
        connection.sendRaw(new UploadPartCommand({ ...input, Body }), {
          doing,
          bodySha256: part.sha256,
          signal: either,
        }),
      signal,
    );
    if (answer.ETag === undefined) throw emptyAnswerError(connection.host, doing);
    requireSum(part, answer.ChecksumSHA256, file);
    return { index: part.index, tag: partTag(answer.ETag, answer.ChecksumSHA256) };
  } catch (error) {
    signal.throwIfAborted();
    if (s3CodeOf(error) === 'NoSuchUpload') throw goneFrom(connection.host);
    throw connection.failure(error, doing);
  }
}

/**
 * Combines the parts into an object.
 *
 * @throws {UploadGone} if the store has discarded the upload or a part of it, or another object was written meanwhile.
 */
export async function completeMultipart(
  context: S3Context,
  { key, uploadId, replaces, file, receipts }: Multipart & SentParts,
  signal: AbortSignal,
): Promise<ObjectId> {
  const { connection, conditions } = context;
  const doing = `make the parts of ${file.name} one`;
  const partsSha256 = composedSha256(receipts.map(({ tag }) => tag));
  const sum = partsSha256 === undefined ? {} : { partsSha256 };
  const Parts = receipts.map(({ index, tag }) => {
    const { etag, sha256 } = readPartTag(tag);
    return { PartNumber: index + 1, ETag: `"${etag}"`, ...(sha256 === undefined ? {} : { ChecksumSHA256: sha256 }) };
  });
  for (;;) {
    const condition = conditions.of(replaces);
    const command = new CompleteMultipartUploadCommand({
      Bucket: connection.bucket,
      Key: key,
      UploadId: uploadId,
      MultipartUpload: { Parts },
      ...condition,
    });
    try {
      const { ETag = '' } = await connection.sendRaw(command, { doing, signal });
      // Ceph 16 does not return the ETag of a completed upload.
      const found = ETag === '' ? await storedObject(connection, key, { signal }) : { etag: unquoted(ETag) };
      if (found === undefined) throw emptyAnswerError(connection.host, doing);
      const { etag } = found;
      return { key, ...(etag === undefined ? {} : { etag }), ...sum };
    } catch (error) {
      signal.throwIfAborted();
      if (conditions.isRefusedBy(error)) continue;
      const why = uselessReason(error, connection.host, key);
      if (why === undefined) throw connection.failure(error, doing);
      const found = await storedObject(connection, key, { signal, mayBeForbidden: true });
      if (statusOf(error) === 412 && conditions.isMisread(condition, found?.etag)) continue;
      // The answer to an earlier try was lost.
      if (isOurs(found, file)) return { key, ...(found.etag === undefined ? {} : { etag: found.etag }), ...sum };
      throw new UploadGone(why);
    }
  }
}

/** A missing upload is not an error. */
export async function abortMultipart(
  { connection }: S3Context,
  { key, uploadId }: Multipart,
  signal: AbortSignal,
): Promise<void> {
  const doing = `give up the upload of ${key}`;
  const command = new AbortMultipartUploadCommand({ Bucket: connection.bucket, Key: key, UploadId: uploadId });
  try {
    await connection.sendRaw(command, { doing, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (statusOf(error) !== 404) throw connection.failure(error, doing);
  }
}

/** Undefined for errors that may pass, or have to be reported. */
function uselessReason(error: unknown, host: string, key: string): string | undefined {
  const code = s3CodeOf(error) ?? '';
  if (code === 'NoSuchUpload') return goneFrom(host).reason;
  if (code === 'InvalidPart' || code === 'InvalidPartOrder')
    return `${host} no longer has all parts of the unfinished upload`;
  return statusOf(error) === 412 ? `something else was put at ${key} in the meantime` : undefined;
}

/** The error for an answer without data, such as a page of a proxy. */
function emptyAnswerError(host: string, doing: string): ChatferryError {
  const message = `${host} answered without an ETag when asked to ${doing}.`;
  return new ChatferryError('REMOTE_ERROR', message, { retryable: true });
}

function goneFrom(host: string): UploadGone {
  return new UploadGone(`${host} no longer has the unfinished upload`);
}
