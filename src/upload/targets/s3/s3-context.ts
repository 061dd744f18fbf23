import type { PutObjectCommandInput, StorageClass } from '@aws-sdk/client-s3';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { OutgoingFile, OutgoingPart } from '../../upload-target.js';
import type { Conditions } from './conditions.js';
import type { S3Connection } from './s3-connection.js';
import type { S3TargetOptions } from './s3-options.js';
import { SHA256_NOTE, type StoredObject, storedObject } from './stored-object.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/** The state that all uploads to one target share. */
export interface S3Context {
  readonly connection: S3Connection;
  readonly options: S3TargetOptions;
  readonly conditions: Conditions;
  /** Whether the store verifies and keeps SHA-256 checksums. */
  readonly keepsSums: () => boolean;
}

/** The prefix of our keys: with its slash, or empty. */
export function keyPrefix({ prefix }: S3TargetOptions): string {
  return prefix === '' ? '' : `${prefix}/`;
}

/** @throws {ChatferryError} `STORE_REFUSED` for a key that is too long. */
export function keyOf(options: S3TargetOptions, { name }: OutgoingFile): string {
  const key = `${keyPrefix(options)}${name}`;
  const byteCount = Buffer.byteLength(key);
  if (byteCount <= MAX_KEY_BYTES) return key;
  const message = `${key} has ${byteCount} bytes as a key, and S3 takes ${MAX_KEY_BYTES}. Choose a shorter prefix or name.`;
  throw new ChatferryError('STORE_REFUSED', message);
}

/** Storage options of requests that create an object. */
type Keeping = Pick<
  PutObjectCommandInput,
  'ContentType' | 'ContentEncoding' | 'Metadata' | 'StorageClass' | 'ServerSideEncryption' | 'SSEKMSKeyId'
>;

/** The storage class and encryption of objects. */
export function keeping(
  { storageClass, encryption, kmsKeyId }: S3TargetOptions,
  { contentType, contentEncoding, sha256 }: OutgoingFile,
): Keeping {
  return {
    ContentType: contentType,
    ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
    Metadata: { [SHA256_NOTE]: sha256 },
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as StorageClass }),
    ...(encryption === undefined ? {} : { ServerSideEncryption: encryption }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
  };
}

/** The checksum of a request, in addition to the signature. */
export function sumOf(
  { sha256, md5 }: OutgoingPart,
  keepsSums: boolean,
): Pick<PutObjectCommandInput, 'ChecksumSHA256' | 'ContentMD5'> {
  return keepsSums ? { ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64') } : { ContentMD5: md5 };
}

/** @throws {ChatferryError} `CONTENT_MISMATCH` when the store reports different bytes. */
export function requireSum({ sha256 }: OutgoingPart, said: string | undefined, { name }: OutgoingFile): void {
  if (said === undefined || Buffer.from(said, 'base64').toString('hex') === sha256) return;
  throw new ChatferryError('CONTENT_MISMATCH', `${name}: the store has other bytes than were sent.`, {
    retryable: true,
  });
}

/**
 * Checks the object at a key.
 *
 * @returns the ETag of the object of ours that may be replaced; undefined if there is none.
 * @throws {ChatferryError} `STORE_REFUSED` for an object that is not ours.
 */
export async function replaceable(
  connection: S3Connection,
  key: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return replaceableEtag(await storedObject(connection, key, { signal, mayBeForbidden: true }), connection, key);
}

/** As {@link replaceable}, for an object that was checked before. */
export function replaceableEtag(
  found: StoredObject | undefined,
  { bucket }: S3Connection,
  key: string,
): string | undefined {
  if (found === undefined || found.notedSha256 !== undefined) return found?.etag;
  const message = `s3://${bucket}/${key} exists and was not uploaded by chatferry, so it was not changed. Choose another prefix, or remove it.`;
  throw new ChatferryError('STORE_REFUSED', message);
}
