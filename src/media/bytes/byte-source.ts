import { closeSync, fstatSync, readSync } from 'node:fs';

import { openForReadingSync } from '../../disk/read-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';

/** Random access to the bytes of a file or of a buffer. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** @throws {ChatferryError} `CONTENT_MISMATCH` where there are fewer bytes. */
  read(at: number, byteCount: number): Buffer;
}

/** A larger piece is no header of any format, and would fill the memory. */
const MOST_BYTES_AT_ONCE = 64 * 1024 * 1024;

/** A file that is read synchronously, for use in worker processes only. Dispose of it to close it. */
export class FileBytes implements ByteSource, Disposable {
  readonly sizeBytes: number;
  readonly #file: number;

  /** @throws Node's error when it cannot be opened. */
  constructor(path: string) {
    this.#file = openForReadingSync(path, { mayBeLink: true });
    this.sizeBytes = fstatSync(this.#file).size;
  }

  read(at: number, byteCount: number): Buffer {
    checkRange(this, at, byteCount);
    const bytes = Buffer.allocUnsafe(byteCount);
    const bytesRead = readSync(this.#file, bytes, 0, byteCount, at);
    if (bytesRead < byteCount) throw breaksOff();
    return bytes;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** A buffer. Reads return views. */
export class MemoryBytes implements ByteSource {
  readonly sizeBytes: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.sizeBytes = bytes.length;
  }

  read(at: number, byteCount: number): Buffer {
    checkRange(this, at, byteCount);
    return this.#bytes.subarray(at, at + byteCount);
  }
}

function checkRange({ sizeBytes }: ByteSource, at: number, byteCount: number): void {
  if (!Number.isSafeInteger(at) || at < 0 || byteCount < 0 || at + byteCount > sizeBytes) throw breaksOff();
  if (byteCount > MOST_BYTES_AT_ONCE) {
    throw new ChatferryError('CONTENT_MISMATCH', `A part of the file claims ${byteCount} bytes.`);
  }
}

/** The error for a truncated file. */
export function breaksOff(): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', 'The file breaks off, or contradicts itself.');
}
