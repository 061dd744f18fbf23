/** The program of the threads that read files and hash them. {@link HashThreads} starts them. */
import { createHash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

import { isSystemError } from '../../disk/file-error.js';
import { openForReadingSync } from '../../disk/read-file.js';
import { errorMessage } from '../../errors/chatferry-error.js';
import type { FileDigest } from './hash-threads.js';

/** As fast as a larger one. With 4 MB, bytes have left the processor's cache when they are hashed. */
const buffer = new Uint8Array(1024 * 1024);

parentPort?.on('message', (paths: readonly string[]) => {
  parentPort?.postMessage(paths.map(digestOf));
});

function digestOf(path: string): FileDigest {
  try {
    const file = openForReadingSync(path);
    try {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for (let read = 0; (read = readSync(file, buffer)) > 0; sizeBytes += read) hash.update(buffer.subarray(0, read));
      return { sizeBytes, sha256: hash.digest('hex') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = isSystemError(error) ? (error.code ?? '') : '';
    return { error: { code, message: errorMessage(error).replace(/\.$/, '') } };
  }
}
