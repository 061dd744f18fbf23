import { randomUUID } from 'node:crypto';

import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type MultipartUpload,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';

import { readObjectId } from '../../../src/upload/targets/s3/object-id.js';
import type { S3TargetOptions } from '../../../src/upload/targets/s3/s3-options.js';
import { type Radosgw, RADOSGW_KEY } from '../servers/radosgw.js';
import type { FarEnd } from './far-end.js';
import { SmallPartsS3 } from './small-parts-s3.js';

/** A bucket of a real server, looked at by a client of its own. */
export class S3FarEnd implements FarEnd {
  readonly client: S3Client;
  readonly bucket: string = `b-${randomUUID().slice(0, 12)}`;
  readonly #gateway: Radosgw;

  private constructor(gateway: Radosgw) {
    this.#gateway = gateway;
    this.client = new S3Client({
      endpoint: gateway.endpoint.href,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: RADOSGW_KEY,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  static async make(gateway: Radosgw): Promise<S3FarEnd> {
    const farEnd = new S3FarEnd(gateway);
    await farEnd.client.send(new CreateBucketCommand({ Bucket: farEnd.bucket }));
    return farEnd;
  }

  /** How this place is opened. */
  options(changes: Partial<S3TargetOptions> = {}): S3TargetOptions {
    return {
      bucket: this.bucket,
      prefix: 'chats/2026',
      endpoint: this.#gateway.endpoint,
      region: 'us-east-1',
      credentials: RADOSGW_KEY,
      checksums: 'auto',
      connectionCount: 8,
      timeoutMs: 30_000,
      ...changes,
    };
  }

  open(): SmallPartsS3 {
    return new SmallPartsS3(this.options());
  }

  async read(remoteId: string): Promise<Buffer | undefined> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand(this.#at(remoteId)));
      return Body === undefined ? undefined : Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  async fileCount(): Promise<number> {
    return (await this.keys()).length;
  }

  async keys(): Promise<readonly string[]> {
    const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: this.bucket }));
    return Contents.map(({ Key = '' }) => Key);
  }

  async unfinishedCount(): Promise<number> {
    return (await this.#uploads()).length;
  }

  /** Another object of the same size, with the same note of ours. */
  async damage(remoteId: string): Promise<void> {
    const { ContentLength = 0, Metadata } = await this.client.send(new HeadObjectCommand(this.#at(remoteId)));
    const Body = Buffer.alloc(ContentLength, 1);
    await this.client.send(new PutObjectCommand({ ...this.#at(remoteId), Body, Metadata }));
  }

  async remove(remoteId: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.#at(remoteId)));
  }

  async forgetUnfinished(): Promise<void> {
    for (const { Key, UploadId } of await this.#uploads()) {
      await this.client.send(new AbortMultipartUploadCommand({ Bucket: this.bucket, Key, UploadId }));
    }
  }

  async fill(): Promise<void> {
    const quota = ['--quota-scope', 'bucket', '--bucket', this.bucket];
    await this.#gateway.admin('quota', 'set', ...quota, '--max-size', '100K');
    await this.#gateway.admin('quota', 'enable', ...quota);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }

  async #uploads(): Promise<readonly MultipartUpload[]> {
    const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.bucket }));
    return Uploads;
  }

  #at(remoteId: string): { readonly Bucket: string; readonly Key: string } {
    const id = readObjectId(remoteId);
    if (id === undefined) throw new Error(`"${remoteId}" is no id of an object`);
    return { Bucket: this.bucket, Key: id.key };
  }
}
