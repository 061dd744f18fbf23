import { closeSync, writeSync } from 'node:fs';

import { createOwnFileSync, removeOwnFileSync } from '../../disk/own-file-sync.js';
import type { ByteSource } from '../bytes/byte-source.js';

/** A part of the file that is copied as it is. */
export interface ByteRange {
  readonly at: number;
  readonly sizeBytes: number;
}

/** What a copy is made of: new bytes, or a range of the original. */
export type Piece = Buffer | ByteRange;

/** Makes a copy of a file without what it tells of its maker, as pieces of it. Its pixels or its sound stay as they are. */
export type Stripper = (source: ByteSource, options: StripperOptions) => Iterable<Piece>;

export interface StripperOptions {
  /** Of the picture, as EXIF counts it: 1 is upright. */
  readonly orientation: number;
}

const BYTES_AT_ONCE = 1024 * 1024;

/**
 * Writes pieces one behind the other, or nothing.
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

/** The bytes of pieces, in blocks that do not fill memory. */
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

/** How many bytes pieces are together. */
export function sizeOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + (Buffer.isBuffer(piece) ? piece.length : piece.sizeBytes), 0);
}

/** A number as so many bytes, the highest first. */
export function bigEndian(value: number, byteCount: number): Buffer {
  const bytes = Buffer.alloc(byteCount);
  bytes.writeUIntBE(value, 0, byteCount);
  return bytes;
}
