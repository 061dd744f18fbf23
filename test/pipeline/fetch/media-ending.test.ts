import { expect, it } from 'vitest';

import type { Media } from '../../../src/chat/media.js';
import type { MediaRecord } from '../../../src/chat/record.js';
import { ChatferryError, type ErrorCode } from '../../../src/errors/chatferry-error.js';
import {
  failedEnding,
  unavailableRecord,
  storedEnding,
  unavailableEnding,
} from '../../../src/pipeline/fetch/media-ending.js';
import { HELLO_FILE, PHOTO } from '../../archive/sample-message.js';

function failed(code: ErrorCode): MediaRecord {
  return { state: 'failed', media: PHOTO, code, reason: 'before' };
}

it('a stored medium has a note where the source sent another size than it had announced', () => {
  const stored = { state: 'stored', media: PHOTO, file: HELLO_FILE };
  expect(storedEnding(PHOTO, HELLO_FILE)).toEqual({ record: stored, end: 'stored' });
  const sizeless: Media = { kind: 'photo', role: 'main' };
  expect(storedEnding(sizeless, HELLO_FILE)).toEqual({ record: { ...stored, media: sizeless }, end: 'stored' });
  const media = { ...PHOTO, sizeBytes: 6 };
  const note = '6 bytes were announced. The file has 5, and the server states that it is complete.';
  expect(storedEnding(media, HELLO_FILE)).toEqual({ record: { ...stored, media, note }, end: 'stored' });
  const small = { ...HELLO_FILE, original: { sizeBytes: 900, sha256: HELLO_FILE.sha256 } };
  expect(storedEnding({ ...PHOTO, sizeBytes: 900 }, small).record).not.toHaveProperty('note');
  expect(storedEnding(PHOTO, small).record).toMatchObject({ note: expect.stringContaining('has 900') as string });
});

it('a medium that is not handed out is not asked for again', () => {
  const record = {
    state: 'failed',
    media: { ...PHOTO, unavailableReason: 'Gone.' },
    code: 'MEDIA_UNAVAILABLE',
    reason: 'Gone.',
  };
  expect(unavailableRecord(PHOTO, 'Gone.')).toEqual(record);
  expect(unavailableEnding(PHOTO, 'Gone.')).toEqual({ record, end: 'unavailable' });
});

it('a failure is held against the connection where the same request may succeed later', () => {
  const late = new ChatferryError('TIMEOUT', 'Late.', { retryable: true });
  expect(failedEnding(PHOTO, late, undefined)).toEqual({
    record: { state: 'failed', media: PHOTO, code: 'TIMEOUT', reason: 'Late.' },
    end: 'failed',
  });
  expect(failedEnding(PHOTO, new ChatferryError('MEDIA_UNAVAILABLE', 'Gone.'), undefined).end).toBe('refused');
});

it.each<[ErrorCode, MediaRecord | undefined, boolean]>([
  ['MEDIA_UNAVAILABLE', failed('MEDIA_UNAVAILABLE'), true],
  ['MEDIA_UNAVAILABLE', failed('TIMEOUT'), false],
  ['MEDIA_UNAVAILABLE', { state: 'stored', media: PHOTO, file: HELLO_FILE }, false],
  ['MEDIA_UNAVAILABLE', undefined, false],
  ['TIMEOUT', failed('MEDIA_UNAVAILABLE'), false],
])('a failure %s is settled after %j: %s', (code, before, isSettled) => {
  const { record, end } = failedEnding(PHOTO, new ChatferryError(code, 'now'), before);
  expect(end === 'unavailable').toBe(isSettled);
  expect(record.media.unavailableReason).toBe(isSettled ? 'now' : undefined);
});
