import { describe, expect, it } from 'vitest';

import type { MediaRecord } from '../../../src/chat/record.js';
import type { Media } from '../../../src/chat/media.js';
import { messageProblems } from '../desktop-schema.js';
import { rendered, TIME_ZONE } from './rendered-message.js';

const SHA256 = 'ab'.repeat(32);

function stored(media: Partial<Media>, path = 'media/x.bin', sizeBytes = 3): MediaRecord {
  return { state: 'stored', media: medium(media), file: { path, sizeBytes, sha256: SHA256 } };
}

function failed(media: Partial<Media>): MediaRecord {
  return { state: 'failed', media: medium(media), code: 'MEDIA_UNAVAILABLE', reason: 'It is gone.' };
}

function skipped(media: Partial<Media>, reason: 'too-large' | 'kind-not-selected'): MediaRecord {
  return { state: 'skipped', media: medium(media), reason };
}

function medium(media: Partial<Media>): Media {
  return { kind: 'document', role: 'main', ...media };
}

/** The keys of the media block, with their values, in order. Fails where the whole is not as the schema says. */
function block(...records: readonly MediaRecord[]): [string, unknown][] {
  const written = rendered({}, records);
  expect(messageProblems(written, TIME_ZONE)).toEqual([]);
  return Object.entries(written).slice(6, Object.keys(written).indexOf('text'));
}

describe('the media keys', () => {
  it.each([
    [
      'a photo',
      stored({ kind: 'photo', width: 2, height: 1, hasSpoiler: true, ttlSeconds: 10 }, 'media/photos/p.jpg'),
      {
        photo: 'media/photos/p.jpg',
        photo_file_size: 3,
        width: 2,
        height: 1,
        media_spoiler: true,
        self_destruct_period_seconds: 10,
      },
    ],
    [
      'a photo of unknown size',
      stored({ kind: 'photo', width: 0, height: 1 }),
      { photo: 'media/x.bin', photo_file_size: 3 },
    ],
    [
      'a plain file',
      stored({ fileName: 'a.txt', mimeType: 'text/plain' }),
      { file: 'media/x.bin', file_name: 'a.txt', file_size: 3, mime_type: 'text/plain' },
    ],
    ['a file without a name', stored({ fileName: '', mimeType: '' }), { file: 'media/x.bin', file_size: 3 }],
    [
      'a sticker',
      stored({ kind: 'sticker', stickerEmoji: '👍', mimeType: 'image/webp', width: 512, height: 512 }),
      {
        file: 'media/x.bin',
        file_size: 3,
        media_type: 'sticker',
        sticker_emoji: '👍',
        mime_type: 'image/webp',
        width: 512,
        height: 512,
      },
    ],
    [
      'a round video',
      stored({ kind: 'round-video', durationSeconds: 4.9, width: 240, height: 240 }),
      { file: 'media/x.bin', file_size: 3, media_type: 'video_message', duration_seconds: 4, width: 240, height: 240 },
    ],
    [
      'a voice note',
      stored({ kind: 'voice', durationSeconds: 4, mimeType: 'audio/ogg', title: 'not of a voice' }),
      { file: 'media/x.bin', file_size: 3, media_type: 'voice_message', mime_type: 'audio/ogg', duration_seconds: 4 },
    ],
    [
      'an animation',
      stored({ kind: 'animation', durationSeconds: 0.5 }),
      { file: 'media/x.bin', file_size: 3, media_type: 'animation' },
    ],
    [
      'music',
      stored({ kind: 'audio', performer: 'P', title: 'T', fileName: 'a.mp3' }),
      { file: 'media/x.bin', file_name: 'a.mp3', file_size: 3, media_type: 'audio_file', performer: 'P', title: 'T' },
    ],
  ] as const)('of %s', (_, record, expected) => {
    expect(block(record)).toEqual(Object.entries(expected));
  });

  it('have the thumbnail of a file after its size', () => {
    const thumbnail = stored({ kind: 'thumbnail', role: 'thumbnail' }, 'thumbs/t.jpg', 9);
    expect(block(stored({ kind: 'video', width: 4, height: 2, hasSpoiler: true, ttlSeconds: 5 }), thumbnail)).toEqual([
      ['file', 'media/x.bin'],
      ['file_size', 3],
      ['thumbnail', 'thumbs/t.jpg'],
      ['thumbnail_file_size', 9],
      ['media_type', 'video_file'],
      ['width', 4],
      ['height', 2],
      ['media_spoiler', true],
      ['self_destruct_period_seconds', 5],
    ]);
  });

  it.each([
    ['failed', failed, '(File unavailable, please try again later)'],
    [
      'was too large',
      (media: Partial<Media>) => skipped(media, 'too-large'),
      '(File exceeds maximum size. Change data exporting settings to download.)',
    ],
    [
      'was not selected',
      (media: Partial<Media>) => skipped(media, 'kind-not-selected'),
      '(File not included. Change data exporting settings to download.)',
    ],
  ] as const)('say by a placeholder that a file %s, and describe it all the same', (_, record, placeholder) => {
    expect(
      block(record({ fileName: 'a.bin', sizeBytes: 10, mimeType: 'app/x' }), record({ role: 'thumbnail' })),
    ).toEqual([
      ['file', placeholder],
      ['file_name', 'a.bin'],
      ['file_size', 10],
      ['thumbnail', placeholder],
      ['thumbnail_file_size', 0],
      ['mime_type', 'app/x'],
    ]);
    expect(block(record({ kind: 'photo', sizeBytes: 10 }))).toEqual([
      ['photo', placeholder],
      ['photo_file_size', 10],
    ]);
  });

  it('are not there for files that Telegram Desktop does not export', () => {
    for (const role of ['web-page', 'paid', 'story', 'cover'] as const) expect(block(stored({ role }))).toEqual([]);
  });
});

describe('every file of a message', () => {
  it('is described beside, with its identity, its hash and what became of it', () => {
    const written = rendered({}, [
      stored({ kind: 'photo', role: 'paid', remoteId: 'photo:1', width: 2, height: 1 }, 'media/photos/p.jpg'),
      failed({ kind: 'video', role: 'paid', remoteId: 'document:2', durationSeconds: 4.9 }),
      skipped({ role: 'cover' }, 'too-large'),
    ]);
    expect(written['chatferry']).toEqual({
      media: [
        {
          state: 'stored',
          kind: 'photo',
          role: 'paid',
          remote_id: 'photo:1',
          width: 2,
          height: 1,
          file: { path: 'media/photos/p.jpg', size_bytes: 3, sha256: SHA256 },
        },
        {
          state: 'failed',
          kind: 'video',
          role: 'paid',
          remote_id: 'document:2',
          duration_seconds: 4.9,
          reason: 'It is gone.',
          code: 'MEDIA_UNAVAILABLE',
        },
        { state: 'skipped', kind: 'document', role: 'cover', reason: 'too-large' },
      ],
    });
  });

  it('is described without the bytes that its message carries', () => {
    expect(rendered({}, [stored({ inlineContent: 'BEGIN:VCARD' })])).not.toHaveProperty(
      'chatferry.media.0.inlineContent',
    );
  });
});
