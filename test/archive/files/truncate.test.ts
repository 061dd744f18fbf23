import fc from 'fast-check';
import { expect, it } from 'vitest';

import { truncateToBytes } from '../../../src/archive/files/truncate.js';

const FAMILY = '👩‍👩‍👧'; // Five code points, 18 bytes; one character to who reads it.

it.each([
  ['', 0, ''],
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc'],
  ['abc', 0, ''],
  ['äöü', 6, 'äöü'],
  ['äöü', 5, 'äö'],
  ['äöü', 4, 'äö'],
  ['äöü', 1, ''],
  [`ab${FAMILY}`, 20, `ab${FAMILY}`],
  [`ab${FAMILY}c`, 20, `ab${FAMILY}`],
  [`ab${FAMILY}`, 19, 'ab'],
  [FAMILY, 17, '👩‍👩‍'], // The first character alone is cut, between code points.
  [FAMILY, 3, ''],
])('of "%s", %i bytes are "%s"', (text, maxBytes, expected) => {
  expect(truncateToBytes(text, maxBytes)).toBe(expected);
});

it('what is taken is the longest beginning of whole characters that fits', () => {
  const text = fc.array(fc.constantFrom('a', 'ß', '你', '𐐨', FAMILY), { maxLength: 12 });
  fc.assert(
    fc.property(text, fc.nat(60), (characters, maxBytes) => {
      const taken = truncateToBytes(characters.join(''), maxBytes);
      expect(characters.join('').startsWith(taken)).toBe(true);
      expect(Buffer.byteLength(taken)).toBeLessThanOrEqual(maxBytes);
      if (taken === '' || Buffer.byteLength(characters[0] ?? '') > maxBytes) return;
      const count = characters.findIndex((_, index) => characters.slice(0, index).join('') === taken);
      if (count === -1) expect(taken).toBe(characters.join(''));
      else expect(Buffer.byteLength(`${taken}${characters[count] ?? ''}`)).toBeGreaterThan(maxBytes);
    }),
  );
});
