import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { safeJson, withEscapes } from '../../src/text/json.js';

/** What a screen acts on, turns around, or does not show; C0 among it. */
const ACTS = /[\p{Cc}\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/u;

const hostile = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 0x9f }),
    fc.integer({ min: 0x2000, max: 0x206f }),
    fc.constantFrom(0x61c, 0x180e, 0xfeff, 0xfff9, 0x1f600, 0xe007f),
  ),
);
const hostileText = hostile.map((codes) => String.fromCodePoint(...codes));

describe('JSON that leaves the program', () => {
  test.prop([fc.object({ key: hostileText, values: [hostileText, fc.integer()], withNullPrototype: false })])(
    'means the same when it is parsed, and acts on no screen',
    (value) => {
      const json = safeJson(value);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(json).not.toMatch(ACTS);
      expect(safeJson(value, undefined, 1).replaceAll('\n', '')).not.toMatch(ACTS);
    },
  );

  it('spells what acts as an escape of four digits', () => {
    expect(safeJson('\u009b31m\u202e\u2028\u007f\ufeff')).toBe(String.raw`"\u009B31m\u202E\u2028\u007F\uFEFF"`);
  });

  it('leaves letters, joiners and pictures as they are', () => {
    const text = 'é Привет שלום 你好 می‌خواهم 👩‍👩‍👧 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿';
    expect(safeJson(text)).toBe(`"${text}"`);
    expect(withEscapes(JSON.stringify(text))).toBe(JSON.stringify(text));
  });
});
