import bigInt from 'big-integer';
import fc from 'fast-check';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { convertContact, convertContactCard } from '../../../../src/source/telegram/convert/convert-contact.js';

interface Contact {
  readonly firstName: string;
  readonly lastName: string;
  readonly phoneNumber: string;
}

const contactOf = (contact: Contact, vcard = '', userId = 0): Api.MessageMediaContact =>
  new Api.MessageMediaContact({ ...contact, vcard, userId: bigInt(userId) });

const ann: Contact = { firstName: 'Ann', lastName: 'Lee', phoneNumber: '+441234567890' };

/** Reads a card as RFC 6350 says: unfold, then split at unescaped semicolons, then unescape. */
function readCard(card: string): Map<string, string[]> {
  const lines = card.replaceAll('\r\n ', '').split('\r\n');
  return new Map(
    lines.slice(0, -1).map((line) => {
      const colon = line.indexOf(':');
      const parts = [...`;${line.slice(colon + 1)}`.matchAll(/;((?:\\.|[^\\;])*)/gsu)].map(([, part = '']) =>
        part.replace(/\\(.)/gsu, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
      );
      return [line.slice(0, colon), parts];
    }),
  );
}

describe('a contact', () => {
  it('is kept as content, with the account when there is one', () => {
    expect(convertContact(contactOf(ann, '', 42))).toStrictEqual({ kind: 'contact', ...ann, userId: '42' });
    expect(convertContact(contactOf(ann))).toStrictEqual({ kind: 'contact', ...ann });
  });

  it('keeps the card that was sent unchanged', () => {
    const vcard = 'BEGIN:VCARD\nVERSION:3.0\nFN:Änn\nEND:VCARD';
    expect(convertContactCard(contactOf(ann, vcard))).toStrictEqual({
      kind: 'contact-card',
      role: 'main',
      sizeBytes: Buffer.byteLength(vcard),
      mimeType: 'text/vcard',
      inlineContent: vcard,
    });
  });

  it('gets a new card if none was sent', () => {
    expect(convertContactCard(contactOf(ann)).inlineContent).toBe(
      'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann Lee\r\nN:Lee;Ann;;;\r\nTEL:+441234567890\r\nEND:VCARD\r\n',
    );
  });

  it('is named after its number when it has no name', () => {
    const card = readCard(convertContactCard(contactOf({ ...ann, firstName: '', lastName: '' })).inlineContent ?? '');
    expect(card.get('FN')).toEqual([ann.phoneNumber]);
  });

  it('can be read back from its card whatever its name is, and the lines are short enough', () => {
    // Names with the characters that mean something in a card, long ones, and line breaks of every kind.
    const unit = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(',', ';', ':', '\\', 'n', '\n', '\r', '\r\n', ' ') },
      { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
    );
    const name = fc
      .string({ unit, maxLength: 120, size: 'max' })
      .filter((text) => !/\p{Cc}/u.test(text.replace(/[\r\n]/g, '')));
    const breaks = (text: string): string => text.replace(/\r\n|\r/g, '\n');
    fc.assert(
      fc.property(name, name, (firstName, lastName) => {
        const card = convertContactCard(contactOf({ ...ann, firstName, lastName })).inlineContent ?? '';
        for (const line of card.split('\r\n')) {
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
          expect(line).not.toMatch(/[\r\n]/);
        }
        const values = readCard(card);
        expect(values.get('N')).toEqual([breaks(lastName), breaks(firstName), '', '', '']);
        expect([...values.keys()]).toEqual(['BEGIN', 'VERSION', 'FN', 'N', 'TEL', 'END']);
      }),
    );
  });
});
