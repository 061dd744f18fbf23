import type { Api } from 'telegram';

import type { Media } from '../../../chat/media.js';
import type { MessageContent } from '../../../chat/content.js';
import { present } from './convert-absent.js';

/** The recommended maximum length of a line, without the line break (RFC 6350, section 3.2). */
const MAX_LINE_BYTES = 75;

/** Telegram sends user id 0 for a contact without an account. */
export function convertContact(contact: Api.MessageMediaContact): MessageContent {
  const userId = contact.userId.toString();
  return present<MessageContent>({
    kind: 'contact',
    firstName: contact.firstName,
    lastName: contact.lastName,
    phoneNumber: contact.phoneNumber,
    userId: userId === '0' ? undefined : userId,
  });
}

/** The contact as a vCard: the one that was sent, or a new one made from the name and the number. */
export function convertContactCard(contact: Api.MessageMediaContact): Media {
  const inlineContent = contact.vcard === '' ? makeCard(contact) : contact.vcard;
  return {
    kind: 'contact-card',
    role: 'main',
    sizeBytes: Buffer.byteLength(inlineContent),
    mimeType: 'text/vcard',
    inlineContent,
  };
}

/** RFC 6350: `FN` is required (6.2.1), `N` has family and given names first (6.2.2), lines end with CRLF (3.2). */
function makeCard({ firstName, lastName, phoneNumber }: Api.MessageMediaContact): string {
  const names = [firstName, lastName].filter((name) => name !== '');
  const fullName = names.length === 0 ? phoneNumber : names.join(' ');
  const lines = [
    'BEGIN:VCARD',
    'VERSION:4.0',
    `FN:${escapeValue(fullName)}`,
    `N:${escapeValue(lastName)};${escapeValue(firstName)};;;`,
    ...(phoneNumber === '' ? [] : [`TEL:${escapeValue(phoneNumber)}`]),
    'END:VCARD',
  ];
  return lines.map((line) => `${foldLine(line)}\r\n`).join('');
}

/** RFC 6350, section 3.4. A bare CR cannot be written at all, so every kind of line break becomes `\n`. */
function escapeValue(value: string): string {
  return value.replace(/[\\,;]/g, String.raw`\$&`).replace(/\r\n|\r|\n/g, String.raw`\n`);
}

/** Folds a long line with CRLF and a space (RFC 6350, section 3.2), never inside a character. */
function foldLine(line: string): string {
  let folded = '';
  let lineBytes = 0;
  for (const character of line) {
    const bytes = Buffer.byteLength(character);
    if (lineBytes + bytes > MAX_LINE_BYTES) {
      folded += '\r\n ';
      lineBytes = 1;
    }
    folded += character;
    lineBytes += bytes;
  }
  return folded;
}
