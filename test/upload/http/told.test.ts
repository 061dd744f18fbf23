import { expect, it } from 'vitest';

import { maskerOf } from '../../../src/upload/http/masked-text.js';
import { toldAddress, toldTime } from '../../../src/upload/http/told.js';

it.each([
  undefined,
  'javascript:alert(1)',
  'none',
  `https://host/${'x'.repeat(2000)}`,
  `https://host/${'ä'.repeat(600)}`,
])('takes no address that is none of the web, or longer than people read: %s', (address) => {
  expect(toldAddress(address)).toBeUndefined();
});

it('takes an address of the web', () => {
  expect(toldAddress('https://host/v1/files/a')).toBe('https://host/v1/files/a');
});

it.each([NaN, Infinity, -1, 0, 1e300, 253_402_300_800_000, Date.parse('+275760-09-13T00:00:00.000Z')])(
  'takes %d for no moment',
  (ms) => {
    expect(toldTime(ms)).toBeUndefined();
  },
);

it('takes moments in whole milliseconds', () => {
  expect(toldTime(1_800_000_000_000.5)).toBe(1_800_000_000_000);
});

const KEY = 'SECRETkey/ä"0123456789';

it.each(['', 'a', 'ab', 'abc'])(
  'masks a key behind "%s" whole, in pieces, in Base64, in JSON and in URLs',
  (before) => {
    const mask = maskerOf([KEY]);
    const encoded = Buffer.from(`${before}${KEY}${before}`);
    const forms = [KEY, KEY.slice(0, 9), KEY.slice(-8), encodeURIComponent(KEY), JSON.stringify(KEY)];
    for (const form of [...forms, encoded.toString('base64'), encoded.toString('base64url')]) {
      const shown = mask(`Wrong key ${before}${form}, sorry`);
      expect(shown).toContain('***');
      expect(shown).toMatch(/^Wrong key .*, sorry$/);
      for (let at = 0; at + 8 <= form.length - 4; at += 1) expect(shown).not.toContain(form.slice(at + 2, at + 10));
    }
  },
);

it('masks a short key as it is, and leaves what is no part of a key', () => {
  expect(maskerOf(['abc', ''])('say abc or ab')).toBe('say *** or ab');
  expect(maskerOf([])('say abc')).toBe('say abc');
});
