import { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';

import { endlessList } from '../../http/endless-list.js';
import type { HeldPart, HeldParts, UnfinishedUpload } from '../../upload-target.js';
import type { Multipart } from './multipart-upload.js';
import { partDigests, partTag } from './part-tag.js';
import type { S3Connection } from './s3-connection.js';
import { s3CodeOf, statusOf } from './s3-failure.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000;
/** Enough for a million unfinished uploads. */
const MAX_PAGES = 1000;

/**
 * Lists all parts of an upload, 1,000 at a time (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html).
 */
export async function heldParts(
  connection: S3Connection,
  { key, uploadId }: Multipart,
  signal: AbortSignal,
): Promise<HeldParts> {
  const doing = `say which parts of ${key} it has`;
  const parts: HeldPart[] = [];
  for (let marker: string | undefined; ;) {
    const place = { Bucket: connection.bucket, Key: key, UploadId: uploadId };
    const command = new ListPartsCommand({ ...place, ...(marker === undefined ? {} : { PartNumberMarker: marker }) });
    try {
      const page = await connection.sendRaw(command, { doing, signal });
      for (const { PartNumber, Size = 0, ETag, ChecksumSHA256 } of page.Parts ?? []) {
        if (PartNumber === undefined) continue;
        const tag = partTag(ETag, ChecksumSHA256);
        parts.push({ index: PartNumber - 1, sizeBytes: Size, tag, ...partDigests(tag) });
      }
      // Otherwise a store that reports more parts without a marker would be asked for ever.
      const { IsTruncated, NextPartNumberMarker: next } = page;
      if (IsTruncated !== true || next === marker) return { kind: 'parts', parts };
      const isOnward = Number(next) > Number(marker ?? 0) && Number(next) <= MAX_PARTS;
      if (!isOnward || parts.length > MAX_PARTS) throw endlessList(connection.host);
      marker = next;
    } catch (error) {
      signal.throwIfAborted();
      if (s3CodeOf(error) === 'NoSuchUpload' || statusOf(error) === 404) return { kind: 'gone' };
      throw connection.failure(error, doing);
    }
  }
}

/** All multipart uploads below a prefix that are neither complete nor aborted, including those of other programs. */
export async function* unfinishedUploads(
  connection: S3Connection,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<UnfinishedUpload, void, void> {
  const doing = 'list unfinished uploads';
  let marker: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } = {};
  for (let pageCount = 1; ; pageCount += 1) {
    const command = new ListMultipartUploadsCommand({ Bucket: connection.bucket, Prefix: prefix, ...marker });
    const page = await connection.send(command, { doing, signal });
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || !Key.startsWith(prefix)) continue;
      yield {
        upload: { host: connection.host, key: Key, uploadId: UploadId },
        name: Key.slice(prefix.length),
        ...(Initiated === undefined ? {} : { begunAtMs: Initiated.getTime() }),
      };
    }
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    if (IsTruncated !== true || NextKeyMarker === undefined) return;
    if (NextKeyMarker === marker.KeyMarker && NextUploadIdMarker === marker.UploadIdMarker) return;
    if (pageCount === MAX_PAGES) throw endlessList(connection.host);
    marker = {
      KeyMarker: NextKeyMarker,
      ...(NextUploadIdMarker === undefined ? {} : { UploadIdMarker: NextUploadIdMarker }),
    };
  }
}
