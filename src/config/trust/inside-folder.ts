import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { isSystemError } from '../../disk/file-error.js';

/**
 * Whether a path lies in a folder or is that folder, once all links on the way are followed. What of the path is not
 * there yet is taken as it is written.
 *
 * @param path - Absolute.
 */
export function isInsideFolder(path: string, folder: string): boolean {
  const way = relative(realPathOf(folder), realPathOf(path));
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way); // Absolute: another drive.
}

/** The path without links, as far as it exists. A dangling link is followed as well. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR') || dirname(path) === path) return path;
    const target = targetOf(path);
    return target === undefined ? join(realPathOf(dirname(path)), basename(path)) : realPathOf(target);
  }
}

/** Absolute; undefined for what is no link. */
function targetOf(path: string): string | undefined {
  try {
    return resolve(realPathOf(dirname(path)), readlinkSync(path));
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
