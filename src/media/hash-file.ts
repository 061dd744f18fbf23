import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { openForReadingSync, type ReadingOptions } from '../disk/read-file.js';
import type { FileDigest } from './media-job.js';

/** Small enough to stay in the processor's cache while it is hashed. */
const PIECE_BYTES = 256 * 1024;
/** About 10 ms of hashing: the event loop is blocked for so long. */
const BYTES_AT_ONCE = 16 * 1024 * 1024;

/**
 * Computes the SHA-256 of a file. It reads synchronously, which is fine in a worker with one job: 2.4 MB take 1.6 ms, and
 * 2.0 ms if each megabyte is awaited.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` if it is no regular file; Node's error when it cannot be read; the signal's reason when it aborts.
 */
export async function hashFile(path: string, signal: AbortSignal, options: ReadingOptions = {}): Promise<FileDigest> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const file = openForReadingSync(path, options);
  try {
    let sizeBytes = 0;
    for (let untilPause = BYTES_AT_ONCE; ;) {
      const bytesRead = readSync(file, piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes };
      hash.update(piece.subarray(0, bytesRead));
      sizeBytes += bytesRead;
      untilPause -= bytesRead;
      if (untilPause > 0) continue;
      await setImmediate();
      signal.throwIfAborted();
      untilPause = BYTES_AT_ONCE;
    }
  } finally {
    closeSync(file);
  }
}
