import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { idName, isDerivedName, mediaPath } from '../../../src/archive/files/file-name.js';
import { MIGRATED_ID_OFFSET } from '../../../src/chat/chat.js';
import type { Media } from '../../../src/chat/media.js';
import { AWKWARD_NAMES } from '../checks/awkward-names.js';
import { textMessage } from '../sample-message.js';
import { temporaryDirectory } from '../temporary-directory.js';

function pathOf(fileName: string | undefined, { id = 7, index = 0, more = {} } = {}): string {
  const media: Media = { kind: 'document', role: 'main', ...(fileName !== undefined && { fileName }), ...more };
  return mediaPath({ message: textMessage(id), media, index });
}

/** As a file system that ignores case and composition compares names. */
function folded(path: string): string {
  return path.normalize('NFD').toUpperCase().toLowerCase();
}

/** What every system takes (https://learn.microsoft.com/windows/win32/fileio/naming-a-file), and more. */
function expectHarmless(path: string): void {
  expect(path).toMatch(/^(media\/[a-z-]+|thumbs)\/[^/\\]+$/);
  const name = path.slice(path.lastIndexOf('/') + 1);
  expect(name).not.toMatch(/[<>:"/\\|?*]|\p{C}|[. ]$/u);
  expect(name).toMatch(/^\d{4}-\d\d-\d\d_[mn]?\d+_.+\.[a-z0-9]{1,10}$/u);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(143);
  expect(name.normalize('NFC')).toBe(name);
}

describe('the path of a medium', () => {
  it.each([
    ['sunset.JPG', 'media/documents/2026-05-01_7_sunset.jpg'],
    ['a b.tar.gz', 'media/documents/2026-05-01_7_a b.tar.gz'],
    ['../../x', 'media/documents/2026-05-01_7_x.bin'],
    ['CON.txt', 'media/documents/2026-05-01_7_CON_.txt'],
    [undefined, 'media/documents/2026-05-01_7_document.bin'],
    ['2_x.txt', 'media/documents/2026-05-01_7_1_2_x.txt'],
    ['приветик.pdf', 'media/documents/2026-05-01_7_приветик.pdf'],
  ])('of %s is %s', (fileName, path) => {
    expect(pathOf(fileName)).toBe(path);
  });

  it.each([
    ['photo', {}, 'media/photos/2026-05-01_7_photo.jpg'],
    ['voice', { mimeType: 'audio/ogg' }, 'media/voice/2026-05-01_7_voice.ogg'],
    ['sticker', { mimeType: 'application/x-tgsticker' }, 'media/stickers/2026-05-01_7_sticker.tgs'],
    ['document', { mimeType: 'Application/PDF; q=1' }, 'media/documents/2026-05-01_7_document.pdf'],
    ['document', { mimeType: 'constructor' }, 'media/documents/2026-05-01_7_document.bin'],
    ['document', { fileName: 'v1.20260501' }, 'media/documents/2026-05-01_7_v1.20260501.bin'],
    ['thumbnail', {}, 'thumbs/2026-05-01_7_thumbnail.jpg'],
  ] as const)('of a %s %o without a usable extension is %s', (kind, more, path) => {
    expect(pathOf(undefined, { more: { kind, ...more } })).toBe(path);
  });

  it('counts the media of a message, and spells ids of before a migration', () => {
    expect(pathOf('a.txt', { index: 2 })).toBe('media/documents/2026-05-01_7_3_a.txt');
    expect(pathOf('a.txt', { id: 123 - MIGRATED_ID_OFFSET })).toMatch(/_m123_a\.txt$/);
    expect(idName(-2 * MIGRATED_ID_OFFSET)).toBe('n2000000000');
  });

  it('spells each id in its own way, at the borders as well', () => {
    expect([0, 1, -1, 1 - MIGRATED_ID_OFFSET, -MIGRATED_ID_OFFSET, -MIGRATED_ID_OFFSET - 1].map(idName)).toEqual([
      '0',
      '1',
      `m${MIGRATED_ID_OFFSET - 1}`,
      'm1',
      `n${MIGRATED_ID_OFFSET}`,
      `n${MIGRATED_ID_OFFSET + 1}`,
    ]);
  });

  it('tells derivatives by their names', () => {
    const hash = '0123456789abcdef'.repeat(2);
    expect([`${hash}.thumb.webp`, `${hash}.x`].map(isDerivedName)).toEqual([true, true]);
    const others = [hash, `${hash}.`, `${hash}0.webp`, `${hash.slice(1)}.webp`, `x${hash}.webp`, `${hash}.a/b`];
    for (const name of others) expect(isDerivedName(name), name).toBe(false);
  });

  it.each([
    [Date.UTC(1970, 5, 1), '1970-06-01'],
    [Date.UTC(9999, 11, 31, 23, 59, 59, 999), '9999-12-31'],
    [Date.UTC(10_000, 0, 1), '1970-01-01'],
    [Date.UTC(1969, 11, 31), '1970-01-01'],
  ])('has the date of a message of %i: %s', (dateMs, date) => {
    const message = { ...textMessage(7), dateMs };
    const path = mediaPath({ message, media: { kind: 'photo', role: 'main' }, index: 0 });
    expect(path).toBe(`media/photos/${date}_7_photo.jpg`);
  });

  it('keeps 96 bytes of a name, and no half of a character', () => {
    expect(pathOf(`${'x'.repeat(97)}.txt`)).toBe(`media/documents/2026-05-01_7_${'x'.repeat(96)}.txt`);
    expect(pathOf(`x${'ä'.repeat(48)}.txt`)).toBe(`media/documents/2026-05-01_7_x${'ä'.repeat(47)}.txt`);
  });

  it.each([
    ['  a \t b  ', 'a b'],
    ['._-a-_.', 'a-_'],
    ['a\u202eb\u200bc\u2028d\ue000', 'a_b_c d'],
    ['a___b', 'a_b'],
    ['e\u0301', 'é'],
    ['...', 'document'],
    ['\u200b', 'document'],
  ])('makes of the name %j a harmless %s', (name, safe) => {
    expect(pathOf(name)).toBe(`media/documents/2026-05-01_7_${safe}.bin`);
  });

  it('has a date even where the message has none', () => {
    const media: Media = { kind: 'photo', role: 'main' };
    for (const dateMs of [0, -1, NaN, 8.64e15]) {
      const message = { ...textMessage(7), dateMs };
      expect(mediaPath({ message, media, index: 0 })).toBe('media/photos/1970-01-01_7_photo.jpg');
    }
  });

  it('is harmless and unique for 200 awkward names, at several places in several messages', () => {
    expect(AWKWARD_NAMES).toHaveLength(200);
    const paths = AWKWARD_NAMES.flatMap((name, number) =>
      [0, 1, 2].flatMap((index) =>
        [1, 12, number + 100].map((id) => [id, index, pathOf(name, { id, index })] as const),
      ),
    );
    const owners = new Map<string, string>();
    for (const [id, index, path] of paths) {
      expectHarmless(path);
      const owner = `${id}/${index}`;
      // The same place of the same message may have one name only at a time, so only others can be in its way.
      expect(owners.get(folded(path)) ?? owner).toBe(owner);
      owners.set(folded(path), owner);
    }
  });

  it('can be written, inside the root, for 200 awkward names', () => {
    const root = temporaryDirectory();
    for (const [id, name] of AWKWARD_NAMES.entries()) {
      const path = resolve(root, pathOf(name, { id }));
      expect(path.startsWith(root + sep)).toBe(true);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, name, { flag: 'wx' });
    }
    expect(readdirSync(join(root, 'media/documents'))).toHaveLength(AWKWARD_NAMES.length);
  });

  it('is harmless for any name, and never that of another medium of the message', () => {
    const name = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[0-9]{0,2}_[0-9]?_?x?\.?t?$/),
    );
    fc.assert(
      fc.property(name, name, fc.nat(9), fc.nat(9), (one, other, oneIndex, otherIndex) => {
        const path = pathOf(one, { index: oneIndex });
        expectHarmless(path);
        fc.pre(oneIndex !== otherIndex);
        expect(folded(pathOf(other, { index: otherIndex }))).not.toBe(folded(path));
      }),
      { numRuns: 2000 },
    );
  });
});
