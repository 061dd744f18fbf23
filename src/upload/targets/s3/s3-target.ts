import type { Readable } from 'node:stream';

import { DeleteObjectCommand, GetObjectCommand, HeadBucketCommand } from '@aws-sdk/client-s3';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { TargetFacts } from '../../target-facts.js';
import type {
  Confirmation,
  ExpectedFile,
  HeldParts,
  OutgoingFile,
  PartReceipt,
  PartToSend,
  RecordedFile,
  RemoteFile,
  RemoteUpload,
  SentParts,
  TargetAbilities,
  TargetLimits,
  UnfinishedUpload,
  UploadTarget,
} from '../../upload-target.js';
import type { ChecksumProfile } from './checksum-profile.js';
import { Conditions } from './conditions.js';
import { confirmObject } from './confirm-object.js';
import { heldParts, unfinishedUploads } from './listings.js';
import {
  abortMultipart,
  beginReplacing,
  completeMultipart,
  type Multipart,
  sendMultipart,
} from './multipart-upload.js';
import { type ObjectId, objectIdText, readObjectId } from './object-id.js';
import { readPartTag } from './part-tag.js';
import { probeChecksums } from './probe.js';
import { S3Connection } from './s3-connection.js';
import { keyOf, keyPrefix, replaceable, replaceableEtag, type S3Context } from './s3-context.js';
import { statusOf } from './s3-failure.js';
import type { S3TargetOptions } from './s3-options.js';
import { isOurs, storedObject } from './stored-object.js';
import { putWhole, tagOf } from './whole-object.js';

const MB = 1024 * 1024;
const GB = 1024 * MB;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * MB;
const MAX_PART_BYTES = 5 * GB;
const MAX_PARTS = 10_000;
/**
 * Up to this size, one request is faster than the three of an upload in parts. Beyond it, a broken connection would
 * cost more.
 */
const WHOLE_UP_TO_BYTES = 8 * MB;
/** Valid ids of uploads and versions: printable. The limit is far above any known id. */
const WORD = /^[\x21-\x7e]{1,1024}$/;
const PROFILE_FACT = 's3-checksums';

/** A bucket of S3 or of a compatible store, or a prefix in it. */
export class S3Target implements UploadTarget {
  readonly id: string;
  readonly isDeclaredBefore = true;
  readonly limits: TargetLimits = {
    minPartBytes: MIN_PART_BYTES,
    maxPartBytes: MAX_PART_BYTES,
    partGranularityBytes: 1,
    maxPartCount: MAX_PARTS,
    wholeUpToBytes: WHOLE_UP_TO_BYTES,
    // 48.8 TiB
    largestFileBytes: MAX_PARTS * MAX_PART_BYTES,
  };
  readonly #options: S3TargetOptions;
  readonly #connection: S3Connection;
  readonly #context: S3Context;
  #profile: ChecksumProfile | undefined;
  #facts: TargetFacts | undefined;

  constructor(options: S3TargetOptions) {
    const { bucket, prefix, endpoint, checksums } = options;
    this.id = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
    this.#options = options;
    this.#connection = new S3Connection(options);
    const known = endpoint === undefined ? 'aws' : undefined;
    this.#profile = checksums === 'auto' ? known : checksums;
    this.#context = {
      connection: this.#connection,
      options,
      conditions: new Conditions(),
      keepsSums: () => this.#profile === 'aws',
    };
  }

  get abilities(): TargetAbilities {
    return {
      resumesBy: 'parts',
      parallelParts: true,
      verifiesBy: 'sha256',
      declaresCompression: true,
      readsBack: true,
      md5Of: this.#profile === 'aws' ? 'nothing' : 'parts',
    };
  }

  /** How the store verifies uploads; undefined until that is known. */
  get checksums(): ChecksumProfile | undefined {
    return this.#profile;
  }

  useFacts(facts: TargetFacts): void {
    this.#facts = {
      // Another store may have a bucket with the same name.
      get: (name) => facts.get(`${name} ${this.#connection.host}`),
      set: (name, value) => {
        facts.set(`${name} ${this.#connection.host}`, value);
      },
    };
    this.#context.conditions.useFacts(this.#facts);
    const known = this.#facts.get(PROFILE_FACT);
    if (known === 'aws' || known === 'compatible') this.#profile ??= known;
  }

  /** Makes no request to the bucket. @throws {ChatferryError} `USAGE` if there is no key. */
  requireKey(): Promise<void> {
    return this.#connection.requireKey();
  }

  /** Checks the bucket, and finds out once how the store verifies uploads. */
  async check(signal: AbortSignal): Promise<void> {
    // Both at once save a round trip. What is wrong with the bucket explains why the probe failed.
    const [bucket, profile] = await Promise.allSettled([this.#checkBucket(signal), this.#findProfile(signal)]);
    if (bucket.status === 'rejected') throw bucket.reason;
    if (profile.status === 'rejected') throw profile.reason;
    this.#profile = profile.value;
  }

  async begin(file: OutgoingFile, signal: AbortSignal): Promise<RemoteUpload> {
    const { host } = this.#connection;
    const key = keyOf(this.#options, file);
    const isWhole = file.sizeBytes <= (this.limits.wholeUpToBytes ?? 0);
    if (!isWhole) return { host, ...(await beginReplacing(this.#context, { key, file }, signal)) };
    // AWS supports conditions, so that the upload request itself detects an existing object.
    const isAsked = this.#options.endpoint !== undefined;
    const replaces = isAsked ? await replaceable(this.#connection, key, signal) : undefined;
    return { host, key, ...(replaces === undefined ? {} : { replaces }) };
  }

  /**
   * The bucket is always that of the target. The host is compared, because another store may have a bucket with the
   * same name.
   */
  owns({ host, key, uploadId = 'none', replaces = 'none' }: RemoteUpload, { name }: RecordedFile): boolean {
    const isOfFile = host === this.#connection.host && key === `${keyPrefix(this.#options)}${name}`;
    return isOfFile && [uploadId, replaces].every((word) => WORD.test(word));
  }

  holds({ id }: RemoteFile, name: string): boolean {
    return readObjectId(id)?.key === `${keyPrefix(this.#options)}${name}`;
  }

  async held(upload: RemoteUpload, { file, receipts }: SentParts, signal: AbortSignal): Promise<HeldParts> {
    const multipart = multipartOf(upload);
    if (multipart !== undefined) {
      const held = await heldParts(this.#connection, multipart, signal);
      return held.kind === 'gone' && (await this.#isThere(multipart, file, signal)) ? { kind: 'completed' } : held;
    }
    const [receipt] = receipts;
    const found = await storedObject(this.#connection, requiredKey(upload), { signal, mayBeForbidden: true });
    const isThere = found?.sizeBytes === file.sizeBytes && receipt !== undefined && tagOf(found) === receipt.tag;
    return { kind: 'parts', parts: isThere ? [{ ...receipt, sizeBytes: file.sizeBytes }] : [] };
  }

  async sendPart(upload: RemoteUpload, toSend: PartToSend, signal: AbortSignal): Promise<PartReceipt> {
    const multipart = multipartOf(upload);
    if (multipart !== undefined) return sendMultipart(this.#context, { ...multipart, ...toSend }, signal);
    const whole = { key: requiredKey(upload), replaces: upload['replaces'] };
    return putWhole(this.#context, { ...whole, ...toSend }, signal);
  }

  async complete(upload: RemoteUpload, sent: SentParts, signal: AbortSignal): Promise<RemoteFile> {
    const { file, receipts } = sent;
    const multipart = multipartOf(upload);
    if (multipart !== undefined) {
      return this.#remoteFile(await completeMultipart(this.#context, { ...multipart, ...sent }, signal));
    }
    const { etag } = readPartTag(receipts[0]?.tag ?? '');
    const isEtagMd5 = file.md5 !== undefined && etag === file.md5;
    return this.#remoteFile({ key: requiredKey(upload), ...(etag === '' ? {} : { etag }), isEtagMd5 });
  }

  async abort(upload: RemoteUpload, signal: AbortSignal): Promise<void> {
    const multipart = multipartOf(upload);
    if (multipart === undefined) return; // A file that is sent in one request is never incomplete.
    await abortMultipart(this.#context, multipart, signal);
  }

  async confirm(remote: RemoteFile, expected: ExpectedFile, signal: AbortSignal): Promise<Confirmation> {
    const known = this.#idOf(remote);
    const found = await storedObject(this.#connection, known.key, { signal });
    return found === undefined ? { state: 'missing' } : confirmObject(found, known, expected);
  }

  async *read(remote: RemoteFile, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const { key } = this.#idOf(remote);
    const doing = `give ${key}`;
    const command = new GetObjectCommand({ Bucket: this.#options.bucket, Key: key });
    const { Body } = await this.#connection.send(command, { doing, signal, isLong: true });
    try {
      for await (const piece of Body as Readable) yield piece as Uint8Array;
    } catch (error) {
      signal.throwIfAborted();
      throw this.#connection.failure(error, doing);
    }
  }

  async remove(remote: RemoteFile, signal: AbortSignal): Promise<void> {
    const { key } = this.#idOf(remote);
    const found = await storedObject(this.#connection, key, { signal });
    if (found === undefined) return;
    replaceableEtag(found, this.#connection, key);
    const command = new DeleteObjectCommand({ Bucket: this.#options.bucket, Key: key });
    await this.#connection.send(command, { doing: `remove ${key}`, signal });
  }

  unfinished(signal: AbortSignal): AsyncIterable<UnfinishedUpload> {
    return unfinishedUploads(this.#connection, keyPrefix(this.#options), signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#connection[Symbol.dispose]();
    return Promise.resolve();
  }

  async #checkBucket(signal: AbortSignal): Promise<void> {
    const doing = `show the bucket ${this.#options.bucket}`;
    try {
      await this.#connection.sendRaw(new HeadBucketCommand({ Bucket: this.#options.bucket }), { doing, signal });
    } catch (error) {
      signal.throwIfAborted();
      // This request needs the permission to list the bucket, which a write-only key does not have.
      if (statusOf(error) !== 403) throw this.#bucketFailure(error, doing);
    }
  }

  /** As an earlier run found it out, or by a probe. */
  async #findProfile(signal: AbortSignal): Promise<ChecksumProfile> {
    if (this.#profile !== undefined) return this.#profile;
    const profile = await probeChecksums(this.#connection, keyPrefix(this.#options), signal);
    this.#facts?.set(PROFILE_FACT, profile);
    return profile;
  }

  async #isThere({ key }: Multipart, file: OutgoingFile, signal: AbortSignal): Promise<boolean> {
    return isOurs(await storedObject(this.#connection, key, { signal, mayBeForbidden: true }), file);
  }

  #remoteFile(id: ObjectId): RemoteFile {
    return { address: `s3://${this.#options.bucket}/${id.key}`, id: objectIdText(id) };
  }

  #idOf({ id, address }: RemoteFile): ObjectId {
    const known = readObjectId(id);
    if (known?.key.startsWith(keyPrefix(this.#options)) === true) return known;
    throw new ChatferryError('USAGE', `${address} is not below ${this.id}. Name the target that it was sent to.`);
  }

  /** An answer to HEAD has no body with a reason. */
  #bucketFailure(error: unknown, doing: string): Error {
    if (statusOf(error) !== 404) return this.#connection.failure(error, doing);
    const { bucket } = this.#options;
    const message = `There is no bucket ${bucket} at ${this.#connection.host}. Make it, or correct its name, S3_ENDPOINT or S3_REGION.`;
    return new ChatferryError('STORE_REFUSED', message, { cause: error });
  }
}

function multipartOf(upload: RemoteUpload): Multipart | undefined {
  const { uploadId, replaces } = upload;
  return uploadId === undefined ? undefined : { key: requiredKey(upload), uploadId, replaces };
}

function requiredKey({ key }: RemoteUpload): string {
  if (key !== undefined) return key;
  throw new ChatferryError('INTERNAL', 'An upload session does not say which key it is for.');
}
