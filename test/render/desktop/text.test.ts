import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';

import type { EntityKind, TextEntity } from '../../../src/chat/text.js';
import { jsonText } from '../../../src/render/desktop/json-text.js';
import { desktopText } from '../../../src/render/desktop/text.js';

import { throughUtf8 } from './through-utf8.js';

/** Both shapes, parsed. */
function shapes(
  text: string,
  ...entities: readonly TextEntity[]
): { text: unknown; entities: unknown; lossy: boolean } {
  const { text: shape, textEntities, isLossy } = desktopText({ text, entities });
  return { text: JSON.parse(jsonText(shape)), entities: JSON.parse(jsonText(textEntities)), lossy: isLossy };
}

describe('desktopText', () => {
  it('writes no text as an empty string and an empty list on one line', () => {
    const { text, textEntities } = desktopText({ text: '', entities: [] });
    expect([jsonText(text), jsonText(textEntities, 3)]).toEqual(['""', '[]']);
  });

  it('writes plain text as a string and as one plain part', () => {
    expect(shapes('hi')).toEqual({ text: 'hi', entities: [{ type: 'plain', text: 'hi' }], lossy: false });
  });

  it('cuts a text into parts at its entities', () => {
    expect(shapes('Hi you!', { kind: 'bold', offset: 3, length: 3 })).toEqual({
      text: ['Hi ', { type: 'bold', text: 'you' }, '!'],
      entities: [
        { type: 'plain', text: 'Hi ' },
        { type: 'bold', text: 'you' },
        { type: 'plain', text: '!' },
      ],
      lossy: false,
    });
  });

  it('ends with the entity where the text does, also when it is not ASCII', () => {
    expect(shapes('Привет', { kind: 'bold', offset: 0, length: 6 }).text).toEqual([{ type: 'bold', text: 'Привет' }]);
  });

  it.each([
    ['mention', {}, { type: 'mention' }],
    ['hashtag', {}, { type: 'hashtag' }],
    ['cashtag', {}, { type: 'cashtag' }],
    ['bot-command', {}, { type: 'bot_command' }],
    ['link', {}, { type: 'link' }],
    ['email', {}, { type: 'email' }],
    ['phone', {}, { type: 'phone' }],
    ['bank-card', {}, { type: 'bank_card' }],
    ['bold', {}, { type: 'bold' }],
    ['italic', {}, { type: 'italic' }],
    ['underline', {}, { type: 'underline' }],
    ['strikethrough', {}, { type: 'strikethrough' }],
    ['spoiler', {}, { type: 'spoiler' }],
    ['code', {}, { type: 'code' }],
    ['pre', { language: 'ts' }, { type: 'pre', language: 'ts' }],
    ['pre', {}, { type: 'pre', language: '' }],
    ['text-link', { url: 'https://e.x' }, { type: 'text_link', href: 'https://e.x' }],
    ['mention-name', { userId: '42' }, { type: 'mention_name', user_id: 42 }],
    ['blockquote', { collapsed: true }, { type: 'blockquote', collapsed: true }],
    ['blockquote', {}, { type: 'blockquote', collapsed: false }],
    ['custom-emoji', { documentId: '5368324170671202286' }, { type: 'custom_emoji', document_id: '' }],
    ['unknown', {}, { type: 'unknown' }],
  ] as const)('writes the kind %s with its particulars %j', (kind: EntityKind, fields: object, expected: object) => {
    const part = { text: 'x', ...expected };
    expect(shapes('x', { kind, offset: 0, length: 1, ...fields }).entities).toEqual([part]);
  });

  it('keeps of nested and overlapping entities the one that begins first, and says that it left some out', () => {
    const bold = { kind: 'bold', offset: 0, length: 4 } as const;
    const expected = { text: [{ type: 'bold', text: 'abcd' }, 'ef'], lossy: true };
    expect(shapes('abcdef', bold, { kind: 'italic', offset: 1, length: 2 })).toMatchObject(expected);
    expect(shapes('abcdef', bold, { kind: 'italic', offset: 3, length: 2 })).toMatchObject(expected);
    expect(shapes('abcdef', bold, { kind: 'italic', offset: 0, length: 4 })).toMatchObject(expected);
  });

  it('does not cut characters in half', () => {
    expect(shapes('a😀b', { kind: 'bold', offset: 2, length: 2 })).toMatchObject({
      text: ['a', { type: 'bold', text: '😀b' }],
      lossy: true,
    });
  });

  const entity = fc.record({
    kind: fc.constantFrom<EntityKind>('bold', 'text-link', 'custom-emoji', 'blockquote'),
    offset: fc.integer({ min: -2, max: 30 }),
    length: fc.integer({ min: -2, max: 30 }),
  });
  test.prop([fc.string({ unit: 'binary', maxLength: 20 }), fc.array(entity)])(
    'joins to the whole text again, with no empty part, whatever the entities',
    (text, entities) => {
      const { text: shape, entities: parts } = shapes(text, ...entities);
      const texts = (parts as { text: string }[]).map((part) => part.text);
      expect(texts.join('')).toBe(throughUtf8(text));
      expect(texts).not.toContain('');
      const other = typeof shape === 'string' ? [shape] : (shape as (string | { text: string })[]);
      expect(other.map((part) => (typeof part === 'string' ? part : part.text)).join('')).toBe(throughUtf8(text));
    },
  );
});
