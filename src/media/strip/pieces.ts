import { closeSync, writeSync } from 'node:fs';

import { createOwnFileSync, removeOwnFileSync } from '../../disk/own-file-sync.js';
import type { ByteSource } from '../bytes/byte-source.js';

/** A part of the file that is copied as it is. */
export interface ByteRange {
  readonly at: number;
  readonly sizeBytes: number;
}

/** A piece of a copy: new bytes, or a range of the original. */
export type Piece = Buffer | ByteRange;

/** Makes a copy of a file without metadata, as a list of pieces. Pixels and audio stay unchanged. */
export type Stripper = (source: ByteSource, options: StripperOptions) => Iterable<Piece>;

export interface StripperOptions {
  /** EXIF orientation of the picture: 1 is upright. */
  readonly orientation: number;
}

const BYTES_AT_ONCE = 1024 * 1024;

/**
 * Writes pieces one after the other, or no file at all.
 *
 * @returns the bytes of the file.
 * @throws Node's error when it cannot be written; what the pieces throw.
 */
export function writePieces(output: string, source: ByteSource, pieces: Iterable<Piece>): number {
  const file = createOwnFileSync(output);
  try {
    let sizeBytes = 0;
    for (const block of blocksOf(source, pieces)) {
      for (let written = 0; written < block.length;) written += writeSync(file, block, written);
      sizeBytes += block.length;
    }
    closeSync(file);
    return sizeBytes;
  } catch (error) {
    closeSync(file);
    removeOwnFileSync(output);
    throw error;
  }
}

/** The bytes of pieces, in blocks of bounded size. */
export function* blocksOf(source: ByteSource, pieces: Iterable<Piece>): Generator<Buffer, void, void> {
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) {
      yield piece;
      continue;
    }
    for (let done = 0; done < piece.sizeBytes; done += BYTES_AT_ONCE) {
      yield source.read(piece.at + done, Math.min(BYTES_AT_ONCE, piece.sizeBytes - done));
    }
  }
}

/** The total size of pieces in bytes. */
export function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + (Buffer.isBuffer(piece) ? piece.length : piece.sizeBytes), 0);
}

/** A number in a fixed number of bytes, big-endian. */
export function bigEndian(value: number, byteCount: number): Buffer {
  const bytes = Buffer.alloc(byteCount);
  bytes.writeUIntBE(value, 0, byteCount);
  return bytes;
}
