import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

import { isSystemError } from './file-error.js';
import type { StoredFile } from './records.js';

/** Where a file is, and what the archive says of it. */
export interface FileOnDisk extends Pick<StoredFile, 'sizeBytes' | 'sha256'> {
  readonly absolutePath: string;
}

/**
 * Whether the file still is what the archive says of it, by its size and its SHA-256. A file that cannot be read is not.
 * Reads as fast as the disk does, in constant memory.
 *
 * @throws the signal's reason when it aborts.
 */
export async function isIntact(
  { absolutePath: path, sizeBytes, sha256 }: FileOnDisk,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const info = await stat(path);
    if (!info.isFile() || info.size !== sizeBytes) return false;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) hash.update(chunk);
    return hash.digest('hex') === sha256;
  } catch (error) {
    signal.throwIfAborted();
    if (isSystemError(error)) return false;
    throw error;
  }
}
