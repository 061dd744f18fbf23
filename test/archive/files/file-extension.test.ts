import { expect, it } from 'vitest';

import { extensionOf, splitExtension } from '../../../src/archive/files/file-extension.js';
import type { MediaKind } from '../../../src/chat/media.js';

it.each([
  ['a.tar.GZ', 'a.tar', 'gz'],
  [' a.txt ', 'a', 'txt'],
  ['a.123', 'a', '123'],
  ['a.1234', 'a.1234', undefined],
  ['a.mp3', 'a', 'mp3'],
  ['a.x264', 'a', 'x264'],
  ['a.abcdefghij', 'a', 'abcdefghij'],
  ['a.abcdefghijk', 'a.abcdefghijk', undefined],
  ['.txt', '.txt', undefined],
  ['a.', 'a.', undefined],
  ['a', 'a', undefined],
  ['a.т', 'a.т', undefined],
  ['', '', undefined],
  ['line\nbreak.png', 'line\nbreak', 'png'],
])('%j is %j with the extension %j', (name, stem, extension) => {
  expect(splitExtension(name)).toEqual([stem, extension]);
});

it.each([
  [{ fileName: 'a.HEIC', mimeType: 'image/png' }, 'heic'],
  [{ fileName: 'a', mimeType: 'image/png' }, 'png'],
  [{ mimeType: ' Audio/MP3 ; rate=44100; x=y' }, 'mp3'],
  [{ mimeType: 'audio/opus' }, 'opus'],
  [{ mimeType: 'toString' }, 'bin'],
  [{ mimeType: 'x/unknown' }, 'bin'],
  [{ mimeType: '' }, 'bin'],
  [{}, 'bin'],
])('a document that is %j ends with %s', (more, extension) => {
  expect(extensionOf({ kind: 'document', role: 'main', ...more })).toBe(extension);
});

it.each([
  ['photo', 'jpg'],
  ['video', 'mp4'],
  ['round-video', 'mp4'],
  ['animation', 'mp4'],
  ['voice', 'ogg'],
  ['sticker', 'webp'],
  ['contact-card', 'vcf'],
  ['thumbnail', 'jpg'],
  ['audio', 'bin'],
] as const satisfies readonly (readonly [MediaKind, string])[])(
  'a %s of which nothing is said ends with %s',
  (kind, extension) => {
    expect(extensionOf({ kind, role: 'main', mimeType: 'x/unknown' })).toBe(extension);
    expect(extensionOf({ kind, role: 'main' })).toBe(extension);
  },
);
