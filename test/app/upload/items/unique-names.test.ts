import { describe, expect, it } from 'vitest';

import { UniqueNames } from '../../../../src/app/upload/items/unique-names.js';

describe('names of one folder at the far end', () => {
  it.each([
    ['ΟΔΟΣ', 'οδος', 'οδοσ'],
    ['ſ.txt', 's.txt', 'S.txt'],
    ['straße', 'STRASSE', 'strasse'],
    ['ﬁlm', 'film', 'FILM'],
    ['e\u0301', '\u00e9', '\u00c9'],
  ])('are told apart where %s, %s and %s are one name', (...alike) => {
    const names = new UniqueNames();
    const taken = alike.map((name) => names.take(name));
    expect(taken[0]).toBe(alike[0]);
    expect(taken.slice(1).map((name) => /_[23](?:\.txt)?$/.test(name))).toEqual([true, true]);
  });

  it('skip numbers that a file has itself', () => {
    const names = new UniqueNames();
    expect(['a.txt', 'a_3.txt', 'A.txt', 'a.txt', 'a.txt', 'A_2.txt'].map((name) => names.take(name))).toEqual([
      'a.txt',
      'a_3.txt',
      'A_2.txt',
      'a_4.txt',
      'a_5.txt',
      'A_2_2.txt',
    ]);
  });

  it('are counted on, and not anew, for each of thousands that were cut to one', () => {
    const names = new UniqueNames();
    const startedMs = performance.now();
    for (let count = 0; count < 20_000; count += 1) names.take('x'.repeat(120));
    expect(performance.now() - startedMs, 'milliseconds; anew: minutes').toBeLessThan(10_000);
    expect(names.take('x'.repeat(120))).toBe(`${'x'.repeat(120)}_20001`);
  });
});
