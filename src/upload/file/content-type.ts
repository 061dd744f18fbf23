import { basename, extname } from 'node:path';

import { EXTENSION_OF_TYPE } from '../../archive/files/file-extension.js';

/** The type of unknown content. */
const ANYTHING = 'application/octet-stream';

/** Types of other files, by extension (https://www.iana.org/assignments/media-types). */
const MORE_ENDINGS: Readonly<Record<string, string>> = {
  'application/gzip': 'tgz',
  'application/sql': 'sql',
  'application/vnd.sqlite3': 'db sqlite sqlite3',
  'application/x-ndjson': 'ndjson jsonl',
  'audio/ogg': 'oga opus',
  'image/jpeg': 'jpeg',
  'image/tiff': 'tif',
  'text/css': 'css',
  'text/html': 'htm',
  'text/javascript': 'js mjs',
  'text/plain': 'log',
  'video/mp4': 'm4v',
  'video/mpeg': 'mpeg',
};

const BY_ENDING: ReadonlyMap<string, string> = new Map(
  [...Object.entries(EXTENSION_OF_TYPE), ...Object.entries(MORE_ENDINGS)].flatMap(([type, endings]) =>
    endings.split(' ').map((ending) => [`.${ending}`, type]),
  ),
);

/** https://www.rfc-editor.org/rfc/rfc6838#section-4.2 */
const MIME_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/**
 * The MIME type of a file: the known one, else by the extension of its name, else by that of its path.
 *
 * @param known - Untrusted. It becomes an HTTP header, so parameters and invalid types are dropped.
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
