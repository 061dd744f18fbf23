import { createHash } from 'node:crypto';

/** What a store said of a part, as one text: its ETag without quotes, and the SHA-256 where the store keeps it. */
export function partTag(etag: string | undefined, sha256: string | undefined): string {
  const plain = unquoted(etag) ?? '';
  return sha256 === undefined ? plain : `${plain} ${sha256}`;
}

/** The two halves of a tag. @returns the SHA-256 in base64 where the store keeps it. */
export function readPartTag(tag: string): { readonly etag: string; readonly sha256?: string } {
  const [etag = '', sha256] = tag.split(' ');
  return sha256 === undefined ? { etag } : { etag, sha256 };
}

/** What a tag says of the bytes of a part, in hex. An ETag of a part is its MD5, unless the store encrypts by a key of its own. */
export function partDigests(tag: string): { readonly sha256?: string; readonly md5?: string } {
  const { etag, sha256 } = readPartTag(tag);
  return {
    ...(sha256 === undefined ? {} : { sha256: Buffer.from(sha256, 'base64').toString('hex') }),
    ...(/^[0-9a-f]{32}$/i.test(etag) ? { md5: etag.toLowerCase() } : {}),
  };
}

/**
 * The SHA-256 that a store composes of its parts' (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html,
 * "composite checksums"). Undefined where it keeps none.
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

/** An ETag as it is compared: some answers have quotes around it, others have not. */
export function unquoted(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', '');
}
