/** Identifies an object, with its checksums at completion. */
export interface ObjectId {
  readonly key: string;
  /** Of this version, without quotes. */
  readonly etag?: string;
  /** Whether the ETag was the MD5 of the sent bytes. */
  readonly isEtagMd5?: boolean;
  /** Base64 of the SHA-256 over the parts' SHA-256, with the number of parts, as composed by the store: `…=-3`. */
  readonly partsSha256?: string;
}

/** As text, for manifests and the record of uploads: `key?etag=…&etag-is=md5&sha256-parts=…`, with the key encoded. */
export function objectIdText({ key, etag, isEtagMd5 = false, partsSha256 }: ObjectId): string {
  const known = new URLSearchParams({
    ...(etag === undefined ? {} : { etag }),
    ...(isEtagMd5 ? { 'etag-is': 'md5' } : {}),
    ...(partsSha256 === undefined ? {} : { 'sha256-parts': partsSha256 }),
  });
  return `${key.split('/').map(encodeURIComponent).join('/')}?${known.toString()}`;
}

/** @returns undefined if the text is invalid. */
export function readObjectId(text: string): ObjectId | undefined {
  const mark = text.indexOf('?');
  if (mark <= 0) return undefined;
  try {
    const key = text.slice(0, mark).split('/').map(decodeURIComponent).join('/');
    const known = new URLSearchParams(text.slice(mark + 1));
    const etag = known.get('etag');
    const isEtagMd5 = known.get('etag-is') === 'md5';
    const partsSha256 = known.get('sha256-parts');
    return { key, ...(etag === null ? {} : { etag }), isEtagMd5, ...(partsSha256 === null ? {} : { partsSha256 }) };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
