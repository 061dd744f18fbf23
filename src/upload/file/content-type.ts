import { basename, extname } from 'node:path';

/** What nothing is known of. */
const ANYTHING = 'application/octet-stream';

/** Kinds that are in chats and beside them (https://www.iana.org/assignments/media-types), with the endings of their names. */
const ENDINGS: Readonly<Record<string, string>> = {
  'application/epub+zip': 'epub',
  'application/gzip': 'gz tgz',
  'application/json': 'json',
  'application/msword': 'doc',
  'application/pdf': 'pdf',
  'application/rtf': 'rtf',
  'application/sql': 'sql',
  'application/vnd.android.package-archive': 'apk',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.sqlite3': 'db sqlite sqlite3',
  'application/x-7z-compressed': '7z',
  'application/x-ndjson': 'ndjson jsonl',
  'application/x-rar-compressed': 'rar',
  'application/x-tar': 'tar',
  'application/x-tgsticker': 'tgs',
  'application/xml': 'xml',
  'application/zip': 'zip',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
  'audio/mp4': 'm4a',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg oga opus',
  'audio/wav': 'wav',
  'image/avif': 'avif',
  'image/bmp': 'bmp',
  'image/gif': 'gif',
  'image/heic': 'heic',
  'image/heif': 'heif',
  'image/jpeg': 'jpg jpeg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/tiff': 'tif tiff',
  'image/webp': 'webp',
  'text/calendar': 'ics',
  'text/css': 'css',
  'text/csv': 'csv',
  'text/html': 'html htm',
  'text/javascript': 'js mjs',
  'text/markdown': 'md',
  'text/plain': 'txt log',
  'text/vcard': 'vcf',
  'video/mp4': 'mp4 m4v',
  'video/mpeg': 'mpg mpeg',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
  'video/x-matroska': 'mkv',
  'video/x-msvideo': 'avi',
};

const BY_ENDING: ReadonlyMap<string, string> = new Map(
  Object.entries(ENDINGS).flatMap(([type, endings]) => endings.split(' ').map((ending) => [`.${ending}`, type])),
);

/** https://www.rfc-editor.org/rfc/rfc6838#section-4.2 */
const MIME_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/**
 * The MIME type that a file is sent with: the one that is known of it, else by the ending of its name, else by that of its
 * path.
 *
 * @param known - From wherever: it becomes a header of HTTP, so what is no type is left out, and so are parameters.
 */
export function contentTypeOf({
  name,
  path,
  contentType: known,
}: {
  readonly name: string;
  readonly path: string;
  readonly contentType?: string | undefined;
}): string {
  return plainType(known) ?? typeByName(name) ?? typeByName(basename(path)) ?? ANYTHING;
}

function plainType(type: string | undefined): string | undefined {
  const plain = type?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return plain !== ANYTHING && MIME_TYPE.test(plain) ? plain : undefined;
}

function typeByName(name: string): string | undefined {
  return BY_ENDING.get(extname(name).toLowerCase());
}
