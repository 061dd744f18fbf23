// The thread that reads files and hashes them: plain JavaScript in a place of its own, so that it runs as it is, whether
// the program runs from its sources or built. src/archive/verify/hash-threads.ts is the other side.
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

/** As fast as larger ones, and gone from the processor's cache before the hash has it at 4 MB. */
const buffer = new Uint8Array(1024 * 1024);

parentPort.on('message', (paths) => {
  parentPort.postMessage(paths.map(digestOf));
});

function digestOf(path) {
  try {
    // What waits for a writer would be waited for, too: a named pipe. A link may have come since the sizes were asked for.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      if (!fstatSync(file).isFile()) return { error: { code: 'EINVAL', message: 'it is not a file' } };
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for (let read = 0; (read = readSync(file, buffer)) > 0; sizeBytes += read) hash.update(buffer.subarray(0, read));
      return { sizeBytes, sha256: hash.digest('hex') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { error: { code: error.code ?? '', message: error.message } };
  }
}
