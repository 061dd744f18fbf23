import { createHash } from 'node:crypto';
import { RpcRefusal } from '../state/rpc-refusal.js';
import type { TlObject } from '../tl/tl-object.js';
import type { WorldFile } from '../world/world.js';

/** The rules for offset and limit (https://core.telegram.org/api/files#downloading-files). */
const BLOCK_BYTES = 4096;
const PRECISE_BLOCK_BYTES = 1024;
const WINDOW_BYTES = 1024 * 1024;
/** The size of the range that each hash covers. */
const HASHED_PART_BYTES = 128 * 1024;
/** Number of hashes in one answer: those of the megabyte that contains the offset. */
const HASHES_AT_ONCE = WINDOW_BYTES / HASHED_PART_BYTES;

/** Checks the range of a request. @throws {RpcRefusal} `OFFSET_INVALID`, `LIMIT_INVALID` as Telegram does. */
export function checkRange(offset: number, limit: number, precise: boolean): void {
  const block = precise ? PRECISE_BLOCK_BYTES : BLOCK_BYTES;
  if (offset < 0 || offset % block !== 0) throw new RpcRefusal('OFFSET_INVALID');
  if (limit <= 0 || limit % block !== 0 || limit > WINDOW_BYTES) throw new RpcRefusal('LIMIT_INVALID');
  if (!precise && WINDOW_BYTES % limit !== 0) throw new RpcRefusal('LIMIT_INVALID');
  const lastWindow = Math.floor((offset + limit - 1) / WINDOW_BYTES);
  if (Math.floor(offset / WINDOW_BYTES) !== lastWindow) throw new RpcRefusal('LIMIT_INVALID');
}

/**
 * Computed hashes, by the start of their megabyte. Telegram has them in advance; here, the first request computes them.
 */
const knownHashes = new WeakMap<WorldFile, Map<number, readonly TlObject[]>>();

/** TL `fileHash`es of the megabyte that contains `offset`; none beyond the end of the file. */
export function hashesAt(file: WorldFile, offset: number): readonly TlObject[] {
  const from = Math.floor(offset / WINDOW_BYTES) * WINDOW_BYTES;
  const known = knownHashes.get(file) ?? new Map<number, readonly TlObject[]>();
  knownHashes.set(file, known);
  const hashes = known.get(from) ?? hashesFrom(file, from);
  known.set(from, hashes);
  return hashes;
}

function hashesFrom(file: WorldFile, from: number): readonly TlObject[] {
  return Array.from({ length: HASHES_AT_ONCE }, (_, i) => from + i * HASHED_PART_BYTES)
    .filter((begin) => begin < file.sizeBytes)
    .map((begin) => {
      const part = file.read(begin, HASHED_PART_BYTES);
      const hash = createHash('sha256').update(part).digest();
      return { _: 'fileHash', offset: BigInt(begin), limit: part.length, hash };
    });
}
