import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { editDistance, nearName } from '../../src/errors/near-name.js';

/** The definition, word for word and slow. */
function definedDistance(from: string, to: string): number {
  if (from === '' || to === '') return from.length + to.length;
  const same = from.at(-1) === to.at(-1);
  const choices = [
    definedDistance(from.slice(0, -1), to) + 1,
    definedDistance(from, to.slice(0, -1)) + 1,
    definedDistance(from.slice(0, -1), to.slice(0, -1)) + (same ? 0 : 1),
  ];
  if (from.length > 1 && to.length > 1 && from.at(-1) === to.at(-2) && from.at(-2) === to.at(-1)) {
    choices.push(definedDistance(from.slice(0, -2), to.slice(0, -2)) + 1);
  }
  return Math.min(...choices);
}

describe('editDistance', () => {
  const word = fc.string({ maxLength: 5, unit: fc.constantFrom('a', 'b', 'c') });

  test.prop([word, word])('is what its definition says', (from, to) => {
    expect(editDistance(from, to)).toBe(definedDistance(from, to));
  });
});

describe('nearName', () => {
  it.each([
    ['exprt', 'export'],
    ['EXPORT', 'export'],
    ['chast', 'chats'],
    ['quux', undefined],
    ['', undefined],
  ])('takes %s for %s', (written, near) => {
    expect(nearName(written, ['export', 'chats', 'login'])).toBe(near);
  });
});
