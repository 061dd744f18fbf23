import { readObjectId } from '../../../src/upload/targets/s3/object-id.js';
import type { S3TargetOptions } from '../../../src/upload/targets/s3/s3-options.js';
import { ProtocolS3, type ProtocolS3Options } from '../servers/protocol-s3.js';
import type { FarEnd } from './far-end.js';
import { SmallPartsS3 } from './small-parts-s3.js';

/** A bucket of a store that has the sums and conditions of AWS. */
export class ProtocolS3FarEnd implements FarEnd {
  readonly store: ProtocolS3;
  readonly #changes: Partial<S3TargetOptions>;

  private constructor(store: ProtocolS3, changes: Partial<S3TargetOptions>) {
    this.store = store;
    this.#changes = changes;
  }

  static async start(
    options: ProtocolS3Options = {},
    changes: Partial<S3TargetOptions> = {},
  ): Promise<ProtocolS3FarEnd> {
    return new ProtocolS3FarEnd(await ProtocolS3.start(options), changes);
  }

  open(): SmallPartsS3 {
    return new SmallPartsS3({
      bucket: 'bucket',
      prefix: 'chats',
      endpoint: this.store.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'KEY', secretAccessKey: 'canary-secret' },
      checksums: 'auto',
      connectionCount: 3,
      timeoutMs: 30_000,
      ...this.#changes,
    });
  }

  read(remoteId: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.store.objects.get(keyOf(remoteId))?.body);
  }

  fileCount(): Promise<number> {
    return Promise.resolve(this.store.objects.size);
  }

  unfinishedCount(): Promise<number> {
    return Promise.resolve(this.store.uploads.size);
  }

  /** Other bytes and sums under our note, with an ETag that nobody has changed. */
  damage(remoteId: string): Promise<void> {
    const key = keyOf(remoteId);
    const found = this.store.objects.get(key);
    if (found === undefined) throw new Error(`${key} is not there`);
    const headers = { ...found.headers, 'x-amz-checksum-sha256': `${Buffer.alloc(32, 7).toString('base64')}-4` };
    this.store.objects.set(key, { body: Buffer.alloc(found.body.length), headers });
    return Promise.resolve();
  }

  remove(remoteId: string): Promise<void> {
    this.store.objects.delete(keyOf(remoteId));
    return Promise.resolve();
  }

  forgetUnfinished(): Promise<void> {
    this.store.uploads.clear();
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
  }
}

function keyOf(remoteId: string): string {
  return readObjectId(remoteId)?.key ?? '';
}
