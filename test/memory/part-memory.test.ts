import { expect, test } from 'vitest';

import { PartMemory } from '../../src/memory/part-memory.js';

const PART = 512 * 1024;

test('memory that was lent and given back is used again, for parts of about that size', () => {
  const memory = new PartMemory();
  const first = memory.take(PART + 80);
  memory.lend(first.subarray(32));
  memory.giveBack(first.subarray(32, PART));
  expect(memory.take(PART / 4).buffer).not.toBe(first.buffer);
  const second = memory.take(PART + 96);
  expect(second.buffer).toBe(first.buffer);
  expect(second).toHaveLength(PART + 96);
});

test('memory that is given back twice is used once', () => {
  const memory = new PartMemory();
  const first = memory.take(PART);
  memory.lend(first);
  memory.giveBack(first);
  memory.giveBack(first);
  expect(memory.take(PART).buffer).toBe(first.buffer);
  expect(memory.take(PART).buffer).not.toBe(first.buffer);
});

test('memory that nobody lent is never used again: it may hold more than one part', () => {
  const memory = new PartMemory();
  const first = memory.take(PART);
  memory.giveBack(first);
  expect(memory.take(PART).buffer).not.toBe(first.buffer);
  const small = memory.take(100);
  memory.lend(small);
  memory.giveBack(small);
  expect(memory.take(100).buffer).not.toBe(small.buffer);
});

const LEAST = 64 * 1024;

/** Takes memory, and gives it back as one who has lent it. */
function used(memory: PartMemory, byteCount: number): Uint8Array {
  const taken = memory.take(byteCount);
  memory.lend(taken);
  memory.giveBack(taken);
  return taken;
}

test('memory is made in steps of 64 KiB, and less than that as it is asked for', () => {
  const memory = new PartMemory();
  const sizes = [100, LEAST - 1, LEAST, LEAST + 1, 2 * LEAST, 2 * LEAST + 1].map((byteCount) => {
    const taken = memory.take(byteCount);
    expect([taken.byteOffset, taken.length]).toEqual([0, byteCount]);
    return taken.buffer.byteLength;
  });
  expect(sizes).toEqual([100, LEAST - 1, LEAST, 2 * LEAST, 2 * LEAST, 3 * LEAST]);
});

test('memory is used again for what fills more than half of it, and at most all', () => {
  const memory = new PartMemory();
  const first = used(memory, 2 * LEAST);
  expect(memory.take(LEAST).buffer).not.toBe(first.buffer);
  expect(memory.take(2 * LEAST + 1).buffer).not.toBe(first.buffer);
  const second = memory.take(LEAST + 1);
  expect(second.buffer).toBe(first.buffer);
  memory.giveBack(second); // Not lent this time.
  expect(memory.take(2 * LEAST).buffer).not.toBe(first.buffer);
  const whole = used(memory, LEAST);
  expect(memory.take(LEAST).buffer).toBe(whole.buffer);
});

test('only what fits is taken of several pieces of memory', () => {
  const memory = new PartMemory();
  const taken = [LEAST, 4 * LEAST, 2 * LEAST].map((byteCount) => memory.take(byteCount));
  for (const piece of taken) memory.lend(piece);
  for (const piece of taken) memory.giveBack(piece);
  const [small, large, middle] = taken.map(({ buffer }) => buffer);
  expect(memory.take(2 * LEAST).buffer).toBe(middle);
  expect(memory.take(4 * LEAST).buffer).toBe(large);
  expect(memory.take(LEAST).buffer).toBe(small);
});

test('sixteen pieces of memory are kept at most, and no small ones', () => {
  const memory = new PartMemory();
  for (let count = 0; count < 16; count += 1) {
    used(memory, LEAST - 1);
    memory.release(memory.take(LEAST - 1));
  }
  const pieces = Array.from({ length: 17 }, () => memory.take(LEAST));
  for (const piece of pieces) memory.release(piece);
  const again = Array.from({ length: 17 }, () => memory.take(LEAST).buffer);
  for (const [index, buffer] of again.entries()) expect(buffer === pieces[index]?.buffer).toBe(index < 16);
});

test('memory that was never lent is released by who took it, and memory that was lent is not', () => {
  const memory = new PartMemory();
  const first = memory.take(LEAST);
  memory.release(first);
  expect(memory.take(LEAST).buffer).toBe(first.buffer);
  const lent = memory.take(LEAST);
  memory.lend(lent);
  memory.release(lent);
  expect(memory.take(LEAST).buffer).not.toBe(lent.buffer);
  memory.giveBack(lent);
  expect(memory.take(LEAST).buffer).toBe(lent.buffer);
});

test('memory that only WebAssembly or another thread can make is left alone', () => {
  const memory = new PartMemory();
  const shared = new Uint8Array(new SharedArrayBuffer(LEAST));
  memory.release(shared);
  expect(memory.take(LEAST).buffer).not.toBe(shared.buffer);
});
