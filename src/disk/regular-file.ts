import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { type Entry, entryOf } from './entry.js';
import { WITHOUT_WAITING } from './open-flags.js';

/** Why a file that the user named is not read. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

/**
 * Reads a small file that the user named, such as settings or a key. Links are followed, for they are the user's choice.
 * A FIFO, which would wait for a writer, and a device, which may never end, are refused.
 *
 * @param mostBytes - A file that is larger is refused, and so is one that grows meanwhile.
 * @throws {UnreadableFileError} with a reason to be read after the path. @throws Node's error.
 */
export function readRegularFileSync(path: string, mostBytes: number): Buffer {
  return readRegularFileAndEntrySync(path, mostBytes).bytes;
}

/** The same, with whose file it is: of the very file that was read, whatever is at its path by now. */
export function readRegularFileAndEntrySync(
  path: string,
  mostBytes: number,
): { readonly bytes: Buffer; readonly entry: Entry } {
  const descriptor = openSync(path, constants.O_RDONLY | WITHOUT_WAITING);
  try {
    const found = fstatSync(descriptor, { bigint: true });
    if (found.isDirectory()) throw new UnreadableFileError('it is a folder');
    if (!found.isFile()) throw new UnreadableFileError('it is no regular file (a pipe, socket or device)');
    if (found.size > mostBytes) throw new UnreadableFileError(`it has more than ${mostBytes} bytes`);
    return { bytes: readTo(descriptor, mostBytes), entry: entryOf(found) };
  } finally {
    closeSync(descriptor);
  }
}

/** Files in /proc say that they are empty, and are not. */
function readTo(descriptor: number, mostBytes: number): Buffer {
  const pieces: Buffer[] = [];
  for (let total = 0; ;) {
    const piece = Buffer.alloc(64 * 1024);
    const count = readSync(descriptor, piece);
    if (count === 0) return Buffer.concat(pieces);
    total += count;
    if (total > mostBytes) throw new UnreadableFileError(`it has more than ${mostBytes} bytes`);
    pieces.push(piece.subarray(0, count));
  }
}
