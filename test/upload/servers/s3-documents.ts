/** Of a multipart upload. */
export interface StoredPart {
  /** From 1. */
  readonly number: number;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  /** Base64. */
  readonly sha256?: string;
}

/** As many as a page has: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html. */
const PARTS_A_PAGE = 1000;
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';

/** The documents that S3 answers with. */
export function errorDocument(code: string, more = ''): string {
  return `${HEAD}<Error><Code>${code}</Code><Message>${code} it is</Message>${more}</Error>`;
}

export function uploadDocument(key: string, uploadId: string): string {
  const inner = `<Bucket>bucket</Bucket><Key>${escaped(key)}</Key><UploadId>${uploadId}</UploadId>`;
  return `${HEAD}<InitiateMultipartUploadResult>${inner}</InitiateMultipartUploadResult>`;
}

export function completeDocument(key: string, etag: string): string {
  const inner = `<Bucket>bucket</Bucket><Key>${escaped(key)}</Key><ETag>&quot;${etag}&quot;</ETag>`;
  return `${HEAD}<CompleteMultipartUploadResult>${inner}</CompleteMultipartUploadResult>`;
}

/** One page. @param parts - Those that are left, ascending. */
export function partsDocument(parts: readonly StoredPart[]): string {
  const page = parts.slice(0, PARTS_A_PAGE);
  const rows = page.map(({ number, sizeBytes, etag, sha256 }) => {
    const sum = sha256 === undefined ? '' : `<ChecksumSHA256>${sha256}</ChecksumSHA256>`;
    return `<Part><PartNumber>${number}</PartNumber><Size>${sizeBytes}</Size><ETag>&quot;${etag}&quot;</ETag>${sum}</Part>`;
  });
  const last = page.at(-1)?.number ?? 0;
  const end = `<IsTruncated>${String(parts.length > page.length)}</IsTruncated><NextPartNumberMarker>${last}</NextPartNumberMarker>`;
  return `${HEAD}<ListPartsResult>${rows.join('')}${end}</ListPartsResult>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
