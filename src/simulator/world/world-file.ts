import { createHash } from 'node:crypto';

import { lentMemory } from '../tl/lent-memory.js';
import { mixSeed, SeededRandom } from './seeded-random.js';
import type { WorldFile } from './world.js';

/** A file whose bytes are at hand. They are not copied. */
export function memoryFile(bytes: Uint8Array): WorldFile {
  return { sizeBytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

const POOL_BYTES = 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;
/** How much of each file says which file it is, so that no two files are equal. */
const STAMP_BYTES = 8;

let pool: Uint8Array | undefined;

/** One megabyte of noise and the start of it again, so that every block is one copy. */
function noisePool(): Uint8Array {
  if (pool === undefined) {
    const noise = new SeededRandom(0x6368_6174).bytes(POOL_BYTES);
    pool = new Uint8Array(POOL_BYTES + BLOCK_BYTES);
    pool.set(noise);
    pool.set(noise.subarray(0, BLOCK_BYTES), POOL_BYTES);
  }
  return pool;
}

/**
 * A file of any size that takes no memory: its bytes are made when they are read, at the speed of a copy, and can be
 * read at any offset. They look random (they do not compress), begin with `id` as 8 bytes, most significant first, and
 * are the same for the same id and size everywhere.
 *
 * @throws {RangeError} when the size is no whole number or negative.
 */
export function patternedFile(id: bigint, sizeBytes: number): WorldFile {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw new RangeError(`sizeBytes must be a whole number from 0, got ${sizeBytes}`);
  }
  const seed = Number(BigInt.asUintN(32, id ^ (id >> 32n)));
  const stamp = Buffer.alloc(STAMP_BYTES);
  stamp.writeBigUInt64BE(BigInt.asUintN(64, id));

  return {
    sizeBytes,
    read(offset, length) {
      const end = Math.min(sizeBytes, offset + length);
      if (offset >= end) return new Uint8Array(0);
      const bytes = lentMemory(end - offset); // Every byte is set below.
      let position = offset;
      while (position < end) {
        const block = Math.floor(position / BLOCK_BYTES);
        const inBlock = position - block * BLOCK_BYTES;
        const take = Math.min(BLOCK_BYTES - inBlock, end - position);
        const start = (mixSeed(seed, block) % POOL_BYTES) + inBlock;
        // A start near the end of the pool runs on at its beginning.
        const from = start >= POOL_BYTES ? start - POOL_BYTES : start;
        bytes.set(noisePool().subarray(from, from + take), position - offset);
        position += take;
      }
      for (let at = offset; at < Math.min(STAMP_BYTES, end); at += 1) bytes[at - offset] = stamp[at] ?? 0;
      return bytes;
    },
  };
}

/** The SHA-256 of a file, in lower-case hexadecimal, read in parts of 1 MB. */
export function sha256OfFile(file: WorldFile): string {
  const hash = createHash('sha256');
  for (let offset = 0; offset < file.sizeBytes; offset += POOL_BYTES) hash.update(file.read(offset, POOL_BYTES));
  return hash.digest('hex');
}
