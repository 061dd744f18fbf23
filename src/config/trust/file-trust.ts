import { basename, dirname, join } from 'node:path';

import { isSystemError } from '../../disk/file-error.js';
import type { EnvironmentFile } from '../environment.js';
import { realPathOf } from './inside-folder.js';
import type { TrustedFile } from './trusted-files.js';
import { isFolderYoursAlone, isYoursAlone } from './yours-alone.js';

/**
 * How far a file of settings counts.
 *
 * - `yours`: it lies in your configuration folder, or you named it by its whole path, and you alone may write it;
 * - `trusted`: `chatferry trust` was run, and it is what it was then; `changed`: it is not;
 * - `not trusted`: it came with the working directory;
 * - `open to others`: it would be yours, but others may write it.
 */
export type FileTrust = 'yours' | 'trusted' | 'not trusted' | 'changed' | 'open to others';

/** A file in which everything counts. */
export function isFullyTrusted(trust: FileTrust): boolean {
  return trust === 'yours' || trust === 'trusted';
}

/** Of a file that should be the user's own. */
export function trustOfOwnFile(path: string, file: EnvironmentFile): FileTrust {
  try {
    return isYoursAlone(file) && isFolderYoursAlone(dirname(path)) ? 'yours' : 'open to others';
  } catch (error) {
    if (isSystemError(error)) return 'open to others'; // Its folder may not be looked at, or is gone.
    throw error;
  }
}

/** Of a file that came with the working directory. Its owner and content, and where it is used, must be what they were. */
export function trustOfStrangeFile(
  { path, cwd }: { readonly path: string; readonly cwd: string },
  file: EnvironmentFile,
  trusted: readonly TrustedFile[],
): FileTrust {
  const known = trusted.filter((record) => record.path === identityOf(path) && record.folder === realPathOf(cwd));
  if (known.length === 0) return 'not trusted';
  const isSame = known.some(({ sha256, owner }) => sha256 === file.sha256 && owner === file.owner);
  return isSame ? 'trusted' : 'changed';
}

/**
 * The path of a file without links in its folders. A link in its own place stays: what is trusted is this name in this
 * folder, for the folder decides what relative paths in it mean.
 */
export function identityOf(path: string): string {
  return join(realPathOf(dirname(path)), basename(path));
}
