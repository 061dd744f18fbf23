import { partMemory } from '../../memory/part-memory.js';

/**
 * Memory for what is made, sent and forgotten, with anything in it. Whoever is done with it gives it back, and nobody
 * has to: file parts come by the thousand, and fresh memory for each is work for the collector.
 */
export function lentMemory(byteCount: number): Buffer {
  const memory = partMemory.take(byteCount);
  partMemory.lend(memory);
  return Buffer.from(memory.buffer, memory.byteOffset, byteCount);
}
