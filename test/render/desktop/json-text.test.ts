import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import { bareInteger, jsonText, objectText, Verbatim } from '../../../src/render/desktop/json-text.js';

import { throughUtf8 } from './through-utf8.js';

describe('jsonText', () => {
  it('indents by one space a level and breaks empty arrays and objects over two lines', () => {
    const value = { a: [1, { b: [] }], c: {}, d: null, e: true };
    expect(jsonText(value)).toBe(
      [
        '{',
        ' "a": [',
        '  1,',
        '  {',
        '   "b": [',
        '   ]',
        '  }',
        ' ],',
        ' "c": {',
        ' },',
        ' "d": null,',
        ' "e": true',
        '}',
      ].join('\n'),
    );
  });

  it('indents what stands deeper by as much', () => {
    expect(jsonText(['x'], 3)).toBe('[\n    "x"\n   ]');
  });

  it('leaves out keys without a value and keeps the order of the others', () => {
    expect(jsonText({ b: 1, gone: undefined, a: 2 })).toBe('{\n "b": 1,\n "a": 2\n}');
  });

  it('writes an object in parts as if it were one', () => {
    expect(objectText([{ a: 1 }, undefined, {}, { b: [2] }], 1)).toBe(jsonText({ a: 1, b: [2] }, 1));
  });

  it('escapes as Telegram Desktop does, but control characters so that every parser takes them', () => {
    expect(jsonText('"\\\n\r\t')).toBe(String.raw`"\"\\\n\r\t"`);
    expect(jsonText('\u2028\u2029')).toBe(String.raw`"\u2028\u2029"`);
    expect(jsonText('\0\b\f\x1f')).toBe(String.raw`"\u0000\u0008\u000C\u001F"`);
  });

  it('leaves all other characters as they are', () => {
    const text = 'é Привет שלום 你好 👩‍👩‍👧 /';
    expect(jsonText(text)).toBe(`"${text}"`);
  });

  it('escapes what acts on a screen, which means the same when it is parsed', () => {
    const text = '\x7f\x85\x9b\u061c\u200b\u200e\u202e\u2066\ufeff';
    expect(jsonText(text)).toBe(String.raw`"\u007F\u0085\u009B\u061C\u200B\u200E\u202E\u2066\uFEFF"`);
    expect(JSON.parse(jsonText(text))).toBe(text);
  });

  it('replaces half characters, which have no UTF-8', () => {
    expect(jsonText('a\ud83db\udc00')).toBe('"a\ufffdb\ufffd"');
  });

  it('writes numbers that JSON has not as null', () => {
    expect(jsonText([NaN, Infinity])).toBe('[\n null,\n null\n]');
  });

  test.prop([fc.jsonValue({ noUnicodeString: false })])('is read back as the value it was', (value) => {
    expect(JSON.parse(jsonText(value as never))).toEqual(JSON.parse(JSON.stringify(value)));
  });

  test.prop([fc.string({ unit: 'binary' })])('is read back as the text it was, with any characters', (value) => {
    expect(JSON.parse(jsonText(value))).toBe(throughUtf8(value));
  });
});

describe('bareInteger', () => {
  it('keeps all 64 bits', () => {
    expect(bareInteger('18446744073709551615')).toEqual(new Verbatim('18446744073709551615'));
    expect(jsonText({ id: bareInteger('-5') })).toBe('{\n "id": -5\n}');
  });

  it.each(['', '007', '1.5', 'x', '-', '1e3'])('writes %j, which is no integer of JSON, as a string', (digits) => {
    expect(jsonText(bareInteger(digits))).toBe(JSON.stringify(digits));
  });
});
