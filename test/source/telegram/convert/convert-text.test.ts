import bigInt from 'big-integer';
import fc from 'fast-check';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { convertText } from '../../../../src/source/telegram/convert/convert-text.js';

const at = { offset: 1, length: 2 };

const cases: [Api.TypeMessageEntity, object][] = [
  [new Api.MessageEntityUnknown(at), { kind: 'unknown' }],
  [new Api.MessageEntityMention(at), { kind: 'mention' }],
  [new Api.MessageEntityHashtag(at), { kind: 'hashtag' }],
  [new Api.MessageEntityCashtag(at), { kind: 'cashtag' }],
  [new Api.MessageEntityBotCommand(at), { kind: 'bot-command' }],
  [new Api.MessageEntityUrl(at), { kind: 'link' }],
  [new Api.MessageEntityEmail(at), { kind: 'email' }],
  [new Api.MessageEntityPhone(at), { kind: 'phone' }],
  [new Api.MessageEntityBankCard(at), { kind: 'bank-card' }],
  [new Api.MessageEntityBold(at), { kind: 'bold' }],
  [new Api.MessageEntityItalic(at), { kind: 'italic' }],
  [new Api.MessageEntityUnderline(at), { kind: 'underline' }],
  [new Api.MessageEntityStrike(at), { kind: 'strikethrough' }],
  [new Api.MessageEntitySpoiler(at), { kind: 'spoiler' }],
  [new Api.MessageEntityCode(at), { kind: 'code' }],
  [new Api.MessageEntityPre({ ...at, language: '' }), { kind: 'pre', language: '' }],
  [new Api.MessageEntityTextUrl({ ...at, url: 'javascript:x' }), { kind: 'text-link', url: 'javascript:x' }],
  [
    new Api.MessageEntityMentionName({ ...at, userId: bigInt('6123456789012') }),
    { kind: 'mention-name', userId: '6123456789012' },
  ],
  [
    new Api.InputMessageEntityMentionName({
      ...at,
      userId: new Api.InputUser({ userId: bigInt(5), accessHash: bigInt(6) }),
    }),
    { kind: 'mention-name', userId: '5' },
  ],
  [new Api.InputMessageEntityMentionName({ ...at, userId: new Api.InputUserSelf() }), { kind: 'mention-name' }],
  [new Api.MessageEntityBlockquote(at), { kind: 'blockquote', collapsed: false }],
  [new Api.MessageEntityBlockquote({ ...at, collapsed: true }), { kind: 'blockquote', collapsed: true }],
  [
    new Api.MessageEntityCustomEmoji({ ...at, documentId: bigInt('5368324170671202286') }),
    { kind: 'custom-emoji', documentId: '5368324170671202286' },
  ],
];

describe('convertText', () => {
  it.each(cases.map(([entity, expected]) => [entity.className, expected, entity] as const))(
    'turns %s into %j',
    (_, expected, entity) => {
      expect(convertText('abcd', [entity])).toStrictEqual({ text: 'abcd', entities: [{ ...at, ...expected }] });
    },
  );

  it('has no entities if Telegram sends none, in any representation', () => {
    for (const none of [undefined, null, []]) {
      expect(convertText('text', none)).toEqual({ text: 'text', entities: [] });
      expect(convertText('', none)).toEqual({ text: '', entities: [] });
    }
  });

  it('counts offsets in UTF-16 units, as Telegram does', () => {
    const text = '👩‍👩‍👧 bold';
    const bold = new Api.MessageEntityBold({ offset: text.indexOf('bold'), length: 4 });
    const { entities } = convertText(text, [bold]);
    expect(entities.map(({ offset, length }) => text.slice(offset, offset + length))).toEqual(['bold']);
  });

  it('keeps all entities in ascending order, and the order of those with the same offset', () => {
    const span = fc.record({ offset: fc.nat(30), length: fc.nat(30), id: fc.nat() });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(span), (text, spans) => {
        const converted = convertText(
          text,
          spans.map(({ offset, length, id }) => new Api.MessageEntityTextUrl({ offset, length, url: String(id) })),
        );
        const expected = spans.toSorted((a, b) => a.offset - b.offset);
        expect(converted).toEqual({
          text,
          entities: expected.map(({ offset, length, id }) => ({ kind: 'text-link', offset, length, url: String(id) })),
        });
      }),
    );
  });
});
