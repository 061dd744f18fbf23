import { createHash } from 'node:crypto';

/** The store's data of a part as text: its ETag without quotes, and the SHA-256 if the store keeps it. */
export function partTag(etag: string | undefined, sha256: string | undefined): string {
  const plain = unquoted(etag) ?? '';
  return sha256 === undefined ? plain : `${plain} ${sha256}`;
}

/** Splits a tag. The SHA-256 is in Base64; absent if the store does not keep it. */
export function readPartTag(tag: string): { readonly etag: string; readonly sha256?: string } {
  const [etag = '', sha256] = tag.split(' ');
  return sha256 === undefined ? { etag } : { etag, sha256 };
}

/**
 * The digests of a part in its tag, in hex. The ETag of a part is its MD5, unless the store encrypts with its own key.
 */
export function partDigests(tag: string): { readonly sha256?: string; readonly md5?: string } {
  const { etag, sha256 } = readPartTag(tag);
  return {
    ...(sha256 === undefined ? {} : { sha256: Buffer.from(sha256, 'base64').toString('hex') }),
    ...(/^[0-9a-f]{32}$/i.test(etag) ? { md5: etag.toLowerCase() } : {}),
  };
}

/**
 * The SHA-256 that a store composes from those of the parts
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html, "composite checksums").
 * Undefined if it keeps none.
 */
export function composedSha256(tags: readonly string[]): string | undefined {
  const hash = createHash('sha256');
  for (const tag of tags) {
    const { sha256 } = readPartTag(tag);
    if (sha256 === undefined) return undefined;
    hash.update(Buffer.from(sha256, 'base64'));
  }
  return `${hash.digest('base64')}-${tags.length}`;
}

/** Normalises an ETag for comparison: only some answers have quotes around it. */
export function unquoted(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', '');
}
