import { lstat } from 'node:fs/promises';

import { isSystemError } from '../../disk/file-error.js';

/** Which file has a name, and with which bytes, as far as that is seen without reading it. */
export interface FileMark {
  /** Stays when the file gets another name, but for shares that number files anew then. */
  readonly file: string;
  /** Another after a write to the file. */
  readonly bytes: string;
  /** When it was changed last, or got its name, by the clock of its disk. */
  readonly changedNs: bigint;
}

/** @returns undefined where nothing has the name. @throws Node's error. */
export async function markAt(path: string): Promise<FileMark | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await lstat(path, { bigint: true });
    return { file: `${dev}:${ino}`, bytes: `${size}:${mtimeNs}`, changedNs: ctimeNs };
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Whether both speak of one file with the same bytes. Nothing is like nothing. */
export function isSameMark(one: FileMark | undefined, other: FileMark | undefined): boolean {
  return one?.file === other?.file && one?.bytes === other?.bytes;
}
