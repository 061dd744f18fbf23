import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { type Entry, entryOf } from './entry.js';
import { NON_BLOCKING } from './open-flags.js';

/** Why a file that the user named is not read. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

/**
 * Reads a small file that the user named, such as settings or a key. Links are followed, because they are the user's
 * choice. A FIFO, which would wait for a writer, and a device, which may never end, are refused.
 *
 * @param maxBytes - A larger file is refused, also if it grows while it is read.
 * @throws {UnreadableFileError} with a reason worded to follow the path. @throws Node's error.
 */
export function readRegularFileSync(path: string, maxBytes: number): Buffer {
  return readRegularFileAndEntrySync(path, maxBytes).bytes;
}

/**
 * The same, with the attributes of the file. They are those of the file that was read, even if another file is at its
 * path now.
 */
export function readRegularFileAndEntrySync(
  path: string,
  maxBytes: number,
): { readonly bytes: Buffer; readonly entry: Entry } {
  const descriptor = openSync(path, constants.O_RDONLY | NON_BLOCKING);
  try {
    const found = fstatSync(descriptor, { bigint: true });
    if (found.isDirectory()) throw new UnreadableFileError('it is a folder');
    if (!found.isFile()) throw new UnreadableFileError('it is not a regular file (a pipe, socket or device)');
    if (found.size > maxBytes) throw new UnreadableFileError(`it has more than ${maxBytes} bytes`);
    return { bytes: readTo(descriptor, maxBytes), entry: entryOf(found) };
  } finally {
    closeSync(descriptor);
  }
}

/** Files in /proc report a size of 0 although they have content. */
function readTo(descriptor: number, maxBytes: number): Buffer {
  const pieces: Buffer[] = [];
  for (let total = 0; ;) {
    const piece = Buffer.alloc(64 * 1024);
    const count = readSync(descriptor, piece);
    if (count === 0) return Buffer.concat(pieces);
    total += count;
    if (total > maxBytes) throw new UnreadableFileError(`it has more than ${maxBytes} bytes`);
    pieces.push(piece.subarray(0, count));
  }
}
