import { createHash } from 'node:crypto';

import { reusableMemory } from '../tl/reusable-memory.js';
import { mixSeed, SeededRandom } from './seeded-random.js';
import type { WorldFile } from './world.js';

/** A file with its bytes in memory. They are not copied. */
export function memoryFile(bytes: Uint8Array): WorldFile {
  return { sizeBytes: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

const POOL_BYTES = 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;
/** Size of the id at the start of each file, so that no two files are equal. */
const STAMP_BYTES = 8;

let pool: Uint8Array | undefined;

/** One megabyte of noise, followed by its first block again, so that every block can be copied in one step. */
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
 * A file of any size that takes no memory. Its bytes are generated when they are read, as fast as copying, at any
 * offset. They look random and cannot be compressed. They begin with `id` as 8 bytes, most significant first, and are
 * always the same for the same id and size.
 *
 * @throws {RangeError} if the size is not an integer of 0 or more.
 */
export function patternedFile(id: bigint, sizeBytes: number): WorldFile {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw new RangeError(`sizeBytes must be an integer of 0 or more, got ${sizeBytes}`);
  }
  const seed = Number(BigInt.asUintN(32, id ^ (id >> 32n)));
  const stamp = Buffer.alloc(STAMP_BYTES);
  stamp.writeBigUInt64BE(BigInt.asUintN(64, id));

  return {
    sizeBytes,
    read(offset, length) {
      const end = Math.min(sizeBytes, offset + length);
      if (offset >= end) return new Uint8Array(0);
      const bytes = reusableMemory(end - offset); // Every byte is set below.
      let position = offset;
      while (position < end) {
        const block = Math.floor(position / BLOCK_BYTES);
        const inBlock = position - block * BLOCK_BYTES;
        const take = Math.min(BLOCK_BYTES - inBlock, end - position);
        const start = (mixSeed(seed, block) % POOL_BYTES) + inBlock;
        // A start beyond the end of the pool wraps around.
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
