import { partMemory } from '../../memory/part-memory.js';

/**
 * Uninitialised memory for short-lived data such as file parts. It may be given back for reuse, which relieves the
 * garbage collector; this is optional.
 */
export function reusableMemory(byteCount: number): Buffer {
  const memory = partMemory.take(byteCount);
  partMemory.lend(memory);
  return Buffer.from(memory.buffer, memory.byteOffset, byteCount);
}
