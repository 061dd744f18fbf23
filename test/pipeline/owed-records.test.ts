import { describe, expect, it } from 'vitest';

import type { Media } from '../../src/chat/media.js';
import type { MessageKind } from '../../src/chat/message.js';
import type { MediaRecord, MessageRecord } from '../../src/chat/record.js';
import { hasAllOf } from '../../src/pipeline/known-message.js';
import { exclusionOf, type MediaSelection } from '../../src/pipeline/media-selection.js';
import { recordOfGone } from '../../src/pipeline/owed-media.js';
import { HELLO_FILE, PHOTO, recordOf, textMessage } from '../archive/sample-message.js';

const ALL: MediaSelection = {};
const STORED: MediaRecord = { state: 'stored', media: PHOTO, file: HELLO_FILE };
const FAILED: MediaRecord = { state: 'failed', media: PHOTO, code: 'TIMEOUT', reason: 'No answer.' };
const SKIPPED: MediaRecord = { state: 'skipped', media: PHOTO, reason: 'kind-not-selected' };

describe('a selection of media', () => {
  it('leaves out kinds that are not among those wanted, and files above the limit', () => {
    expect(exclusionOf(PHOTO, ALL)).toBeUndefined();
    expect(exclusionOf(PHOTO, { kinds: new Set(['photo']) })).toBeUndefined();
    expect(exclusionOf(PHOTO, { kinds: new Set(['video']) })).toBe('kind-not-selected');
    expect(exclusionOf(PHOTO, { maxSizeBytes: 5 })).toBeUndefined();
    expect(exclusionOf(PHOTO, { maxSizeBytes: 4 })).toBe('too-large');
    expect(exclusionOf(PHOTO, { kinds: new Set(), maxSizeBytes: 4 })).toBe('kind-not-selected');
  });

  it('takes the larger of the announced size and of what is known from reading, and wants what nobody knows', () => {
    const sizeless: Media = { kind: 'photo', role: 'main' };
    expect(exclusionOf(sizeless, { maxSizeBytes: 0 })).toBeUndefined();
    expect(exclusionOf({ ...sizeless, leastBytes: 10 }, { maxSizeBytes: 9 })).toBe('too-large');
    expect(exclusionOf({ ...sizeless, leastBytes: 10 }, { maxSizeBytes: 10 })).toBeUndefined();
    expect(exclusionOf({ ...PHOTO, leastBytes: 10 }, { maxSizeBytes: 9 })).toBe('too-large');
    expect(exclusionOf({ ...PHOTO, leastBytes: 1 }, { maxSizeBytes: 4 })).toBe('too-large');
  });
});

describe('a message that the archive has', () => {
  it('is complete when none of its media is owed', () => {
    const message = textMessage(1);
    const has = (media: readonly MediaRecord[], selection = ALL): boolean =>
      hasAllOf(recordOf(message, media), message, { selection, source: 'telegram' });
    expect(has([])).toBe(true);
    expect(has([STORED, STORED])).toBe(true);
    expect(has([STORED, FAILED])).toBe(false);
    expect(has([STORED, SKIPPED])).toBe(false);
    expect(has([SKIPPED], { kinds: new Set(['video']) })).toBe(true);
    expect(has([SKIPPED], { maxSizeBytes: 4 })).toBe(true);
  });

  it.each<[MessageKind, MessageKind, boolean]>([
    ['message', 'message', true],
    ['service', 'message', true],
    ['message', 'undecoded', true],
    ['undecoded', 'undecoded', true],
    ['undecoded', 'unsupported', true],
    ['undecoded', 'message', false],
    ['unsupported', 'service', false],
  ])('as %s is complete when it comes as %s: %s', (known, now, expected) => {
    const record = recordOf({ ...textMessage(1), kind: known });
    expect(hasAllOf(record, { ...textMessage(1), kind: now }, { selection: ALL, source: 'telegram' })).toBe(expected);
  });
});

describe('what is written of a message that was deleted', () => {
  const gone = (media: readonly MediaRecord[], selection = ALL): MessageRecord | undefined =>
    recordOfGone(recordOf(textMessage(3), media), selection);
  const neverToCome = (reason: string): MediaRecord => ({
    state: 'failed',
    media: { ...PHOTO, unavailableReason: reason },
    code: 'MEDIA_UNAVAILABLE',
    reason,
  });
  const deleted = 'Message 3 was deleted before its photo could be fetched.';

  it('is nothing where nothing is owed', () => {
    expect(gone([])).toBeUndefined();
    expect(gone([STORED, neverToCome('It destroyed itself.')])).toBeUndefined();
    expect(gone([SKIPPED], { kinds: new Set() })).toBeUndefined();
  });

  it('settles what failed before, with the reason of the source where it gave one', () => {
    expect(gone([STORED, FAILED])?.media).toEqual([STORED, neverToCome(deleted)]);
    const refused: MediaRecord = { ...FAILED, code: 'MEDIA_UNAVAILABLE', reason: 'Refused.' };
    expect(gone([refused])?.media).toEqual([neverToCome('Refused.')]);
  });

  it('tells once of what is missed only now', () => {
    const missed = { state: 'failed', media: PHOTO, code: 'MEDIA_UNAVAILABLE' };
    expect(gone([SKIPPED])?.media).toEqual([{ ...missed, reason: deleted }]);
    const lost: MediaRecord = { ...FAILED, code: 'FILE_LOST', reason: 'a.jpg is not on the disk any more.' };
    expect(gone([lost])?.media).toEqual([
      {
        ...missed,
        reason: 'a.jpg is not on the disk any more. It cannot be fetched again: message 3 was deleted.',
      },
    ]);
  });
});
