import { stat } from 'node:fs/promises';

import { isSystemError } from '../../disk/file-error.js';

/** In bytes; undefined if the file cannot be examined. */
export async function fileSizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
