import { describe, expect, it } from 'vitest';

import type { MediaRecord, MessageRecord } from '../../src/chat/record.js';
import { hasAllOf } from '../../src/pipeline/known-message.js';
import { HELLO_FILE, PHOTO, recordOf, textMessage } from '../archive/sample-message.js';

const stored: MediaRecord = { state: 'stored', media: PHOTO, file: HELLO_FILE };
const failed: MediaRecord = { state: 'failed', media: PHOTO, code: 'FILE_LOST', reason: 'Gone.' };
const skipped: MediaRecord = { state: 'skipped', media: PHOTO, reason: 'kind-not-selected' };
const unreadable: MessageRecord = recordOf(textMessage(1, '', { kind: 'undecoded' }));
const wanted = { selection: {}, source: 'telegram' };

describe('a message of which the archive has all', () => {
  it.each<[what: string, known: MessageRecord, expected: boolean]>([
    ['its text', recordOf(textMessage(1)), true],
    ['its text and file', recordOf(textMessage(1), [stored]), true],
    ['a file that failed', recordOf(textMessage(1), [stored, failed]), false],
    ['a file that was left out and is wanted', recordOf(textMessage(1), [skipped]), false],
    ['bytes that nobody could read', unreadable, false],
    ['what an import says of it', { ...recordOf(textMessage(1), [stored]), source: 'desktop-export' }, false],
    ['what Telegram says of it, by name', { ...recordOf(textMessage(1)), source: 'telegram' }, true],
  ])('has %s: %#', (_, known, expected) => {
    expect(hasAllOf(known, textMessage(1), wanted)).toBe(expected);
  });

  it('is another one for another source', () => {
    const imported = { ...recordOf(textMessage(1)), source: 'desktop-export' };
    expect(hasAllOf(imported, textMessage(1), { selection: {}, source: 'desktop-export' })).toBe(true);
    expect(hasAllOf(recordOf(textMessage(1)), textMessage(1), { selection: {}, source: 'desktop-export' })).toBe(false);
  });

  it('stays as it is where nobody can read it yet', () => {
    expect(hasAllOf(unreadable, unreadable.message, wanted)).toBe(true);
  });
});
