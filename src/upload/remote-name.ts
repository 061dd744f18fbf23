import filenamify from 'filenamify';

/** Of one name between slashes; object stores and file systems take at least so many bytes. */
const MOST_NAME_CHARACTERS = 120;

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
    .map((name) => filenamify(name, { replacement: '_', maxLength: MOST_NAME_CHARACTERS }));
  return names.length === 0 ? 'file' : names.join('/');
}
