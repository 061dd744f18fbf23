import { expect, it } from 'vitest';

import { inBatches } from '../../src/concurrency/in-batches.js';

it('groups items in order, the rest in a smaller group, none where there are none', () => {
  expect([...inBatches([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
  expect([...inBatches([1, 2], 2)]).toEqual([[1, 2]]);
  expect([...inBatches([], 2)]).toEqual([]);
});

it('asks for no item before it is wanted, and ends the iterator when it is left', () => {
  const asked: number[] = [];
  function* numbers(): Generator<number, void, undefined> {
    try {
      for (let number = 1; ; number += 1) {
        asked.push(number);
        yield number;
      }
    } finally {
      asked.push(-1);
    }
  }
  for (const batch of inBatches(numbers(), 3)) if (batch.includes(4)) break;
  expect(asked).toEqual([1, 2, 3, 4, 5, 6, -1]);
});
