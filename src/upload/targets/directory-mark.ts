import { lstat } from 'node:fs/promises';

import { isSystemError } from '../../disk/file-error.js';

/** Which file has a name, and with which bytes, as far as that is seen without reading it. */
export interface FileMark {
  /** Stays when the file gets another name, but for shares that number files anew then. */
  readonly file: string;
  /** Another after a write to the file. */
  readonly bytes: string;
}

/** @returns undefined where nothing has the name. @throws Node's error. */
export async function markAt(path: string): Promise<FileMark | undefined> {
  try {
    const { dev, ino, size, mtimeNs } = await lstat(path, { bigint: true });
    return { file: `${dev}:${ino}`, bytes: `${size}:${mtimeNs}` };
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Whether both speak of one file with the same bytes. Nothing is like nothing. */
export function isSameMark(one: FileMark | undefined, other: FileMark | undefined): boolean {
  return one?.file === other?.file && one?.bytes === other?.bytes;
}
