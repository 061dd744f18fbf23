import { createReadStream } from 'node:fs';

import type * as S3 from '@aws-sdk/client-s3';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import { loadRival } from '../../download/rival-package.js';
import { type SendFiles, withWorkers } from './send-files.js';

/** The part of `@aws-sdk/lib-storage` that is used here. */
interface LibStorage {
  readonly Upload: new (options: {
    readonly client: S3.S3Client;
    readonly params: { readonly Bucket: string; readonly Key: string; readonly Body: NodeJS.ReadableStream };
    readonly queueSize: number;
  }) => { done(): Promise<unknown> };
}

/**
 * The uploader of Amazon's own SDK, with its default part size (5 MiB) and as many parts at once as this program. It
 * does not verify at the target, and cannot resume.
 */
export async function openLibStorage(): Promise<SendFiles> {
  const { Upload } = (await loadRival('@aws-sdk/lib-storage')) as LibStorage;
  const { S3Client } = await import('@aws-sdk/client-s3');
  return async ({ files, s3, parallelCount }) => {
    if (s3 === undefined) throw new ChatferryError('INTERNAL', 'lib-storage was given no S3 store.');
    const { endpoint, region, accessKeyId, secretAccessKey, bucket, prefix } = s3;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
    try {
      const isOne = files.length === 1;
      await withWorkers(files, isOne ? 1 : parallelCount, async ({ path, name }) => {
        const params = { Bucket: bucket, Key: `${prefix}/${name}`, Body: createReadStream(path) };
        await new Upload({ client, params, queueSize: isOne ? parallelCount : 1 }).done();
      });
    } finally {
      client.destroy();
    }
    return {};
  };
}
