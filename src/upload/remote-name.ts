import filenamify from 'filenamify';

/** Of one name between slashes, in characters. */
const MOST_NAME_CHARACTERS = 120;
/** File systems take 255 bytes (NAME_MAX of Linux), and some make a longer name aside of it. */
const MOST_NAME_BYTES = 200;
/** The longest file extension. */
const MOST_ENDING_BYTES = 20;

/**
 * What a file is called at the far end: made from names here, never taken as they are. `/` stands between names; no name
 * is `.`, `..` or empty, and none has control or bidi characters.
 *
 * @param path - Relative to what the user named, with the separators of this system or `/`.
 */
export function remoteName(path: string): string {
  const names = path
    .normalize('NFC')
    .split(/[\\/]/)
    .filter((name) => name !== '' && name !== '.' && name !== '..')
    .map((name) => withinBytes(filenamify(name, { replacement: '_', maxLength: MOST_NAME_CHARACTERS })));
  return names.length === 0 ? 'file' : names.join('/');
}

/** Shortens a name before its ending. */
function withinBytes(name: string): string {
  if (Buffer.byteLength(name) <= MOST_NAME_BYTES) return name;
  const dot = name.lastIndexOf('.');
  const isEnding = dot > 0 && Buffer.byteLength(name.slice(dot)) <= MOST_ENDING_BYTES;
  const ending = isEnding ? name.slice(dot) : '';
  let base = '';
  for (const character of isEnding ? name.slice(0, dot) : name) {
    if (Buffer.byteLength(`${base}${character}${ending}`) > MOST_NAME_BYTES) break;
    base += character;
  }
  return `${base}${ending}`;
}
