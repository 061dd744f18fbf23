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
