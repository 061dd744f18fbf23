import { lstat } from 'node:fs/promises';

import { isSystemError } from '../../disk/file-error.js';

/** A file as it was at one moment. */
export interface FileIdentity {
  /** Differs as soon as other bytes are there, or another file: number, size and times. */
  readonly mark: string;
  /** Whether it was written so lately that a further write might have the same times. */
  readonly isFresh: boolean;
  readonly isLink: boolean;
}

/** Times of file systems are as coarse as two seconds (FAT). */
const COARSEST_MS = 2000;

/** @returns undefined where there is no file, or it cannot be looked at. */
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
