import { lstat } from 'node:fs/promises';

import { isSystemError } from '../../disk/file-error.js';

/** The state of a file at one moment. */
export interface FileIdentity {
  /** Inode, size and times. It changes when the bytes or the file change. */
  readonly mark: string;
  /** Whether it was written so recently that a further write might have the same times. */
  readonly isFresh: boolean;
  readonly isLink: boolean;
}

/** The coarsest resolution of file times is two seconds (FAT). */
const COARSEST_MS = 2000;

/** @returns undefined if there is no file, or it cannot be examined. */
export async function identityOf(path: string): Promise<FileIdentity | undefined> {
  try {
    const found = await lstat(path, { bigint: true });
    const { ino, size, mtimeNs, mtimeMs, ctimeNs, ctimeMs } = found;
    const latest = Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs);
    return {
      mark: [ino, size, mtimeNs, ctimeNs].join(':'),
      isFresh: Math.abs(Date.now() - latest) < COARSEST_MS,
      isLink: found.isSymbolicLink(),
    };
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
