import { closeSync, fstatSync, readSync } from 'node:fs';

import { openForReadingSync } from '../../disk/read-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';

/** Bytes that are read where they are asked for: of a file, or of a block of memory. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** @throws {ChatferryError} `CONTENT_MISMATCH` where there are not so many. */
  read(at: number, byteCount: number): Buffer;
}

/** More in one piece is no head of anything, and would fill memory. */
const MOST_BYTES_AT_ONCE = 64 * 1024 * 1024;

/** A file, read by those who have a process of their own: each reading keeps the thread. Dispose of it to close it. */
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

/** A block of memory. What is read of it is a view. */
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

/** What is said of a file that ends before it should. */
export function breaksOff(): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', 'The file breaks off, or contradicts itself.');
}
