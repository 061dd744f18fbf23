import filenamify from 'filenamify';

/** Maximum length of one name between slashes, in characters. */
const MAX_NAME_CHARACTERS = 120;
/** File systems allow 255 bytes (NAME_MAX of Linux), and some programs derive longer temporary names. */
const MAX_NAME_BYTES = 200;
/** The longest file extension. */
const MAX_ENDING_BYTES = 20;

/**
 * The name of a file at the target, derived from local names but never copied unchecked. `/` separates names. No name
 * is `.`, `..` or empty, or has control or bidi characters.
 *
 * @param path - Relative to the path that the user named, with the separators of this system or `/`.
 */
export function remoteName(path: string): string {
  const names = path
    .normalize('NFC')
    .split(/[\\/]/)
    .filter((name) => name !== '' && name !== '.' && name !== '..')
    .map((name) => withinBytes(filenamify(name, { replacement: '_', maxLength: MAX_NAME_CHARACTERS })));
  return names.length === 0 ? 'file' : names.join('/');
}

/** Shortens a name before its extension. */
function withinBytes(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const dot = name.lastIndexOf('.');
  const isEnding = dot > 0 && Buffer.byteLength(name.slice(dot)) <= MAX_ENDING_BYTES;
  const ending = isEnding ? name.slice(dot) : '';
  let base = '';
  for (const character of isEnding ? name.slice(0, dot) : name) {
    if (Buffer.byteLength(`${base}${character}${ending}`) > MAX_NAME_BYTES) break;
    base += character;
  }
  return `${base}${ending}`;
}
