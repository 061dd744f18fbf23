import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { promisify } from 'node:util';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { MediaFacts } from '../../../src/chat/description/media-facts.js';
import { withProfile } from '../../../src/media/image/png-profile.js';
import { box } from '../heif/heic-file.js';
import { needsProgram } from '../needs-program.js';
import { colourAt, distance, madeOf, Stage } from '../stage.js';

const run = promisify(execFile);

const needsExiftool = await needsProgram('exiftool', '-ver');

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

const STILL = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:d=1:r=5', '-frames:v', '1'];
const MOVING = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:d=1:r=5'];

/** A picture by this extension, without any metadata. */
async function plain(name: string): Promise<string> {
  const extension = extname(name).slice(1);
  if (extension === 'jp2') {
    await stage.put(name, '');
    return stage.make(name, ...STILL);
  }
  const png = await readFile(await stage.make('plain.png', ...STILL));
  const format = extension === 'tif' ? 'tiff' : extension;
  return stage.put(
    name,
    await sharp(png)
      .toFormat(format as 'png')
      .toBuffer(),
  );
}

let count = 0;

async function factsWith(name: string, tags: readonly string[]): Promise<MediaFacts> {
  // Each at a place of its own: sharp remembers what it has read.
  const path = await plain(`${(count += 1)}/${name}`);
  await run('exiftool', ['-q', '-overwrite_original', ...tags, path]);
  const { facts } = await stage.describe(path);
  return facts;
}

const WHERE = ['GPSLatitude=33.86', 'GPSLatitudeRef=S', 'GPSLongitude=151.2', 'GPSLongitudeRef=E'];
const ZONE = '-EXIF:OffsetTimeOriginal=+02:00';
const TAKEN = '-EXIF:DateTimeOriginal=2024:05:06 07:08:09';
const CREATED = '-EXIF:CreateDate=2023:01:02 03:04:05';
const EDITED = '-EXIF:ModifyDate=2025:11:12 13:14:15';

describe('when and where a picture was taken', () => {
  const KINDS = ['a.jpg', 'a.png', 'a.webp', 'a.tif', 'a.avif', 'a.jp2'];

  needsExiftool.each(KINDS)('is told of %s, with the zone where that is said', async (name) => {
    const facts = await factsWith(name, [TAKEN, ZONE, CREATED, EDITED, ...WHERE.map((tag) => `-EXIF:${tag}`)]);
    expect(facts).toMatchObject({
      takenAt: '2024-05-06T07:08:09+02:00',
      position: { latitude: -33.86, longitude: 151.2 },
    });
  });

  needsExiftool.each(KINDS)('is the time at which it became digital where no other is told: %s', async (name) => {
    const facts = await factsWith(name, [CREATED, ZONE, '-EXIF:OffsetTimeDigitized=-05:30', EDITED]);
    expect(facts.takenAt).toBe('2023-01-02T03:04:05-05:30');
  });

  needsExiftool.each(KINDS)('is not the time of its last change: %s', async (name) => {
    const facts = await factsWith(name, [EDITED, '-XMP-xmp:ModifyDate=2025:11:12 13:14:15']);
    expect(facts.takenAt).toBeUndefined();
  });

  needsExiftool.each(['II', 'MM'])('is told of an EXIF block of either byte order: %s', async (order) => {
    const facts = await factsWith('order.jpg', [
      `-ExifByteOrder=${order}`,
      TAKEN,
      ...WHERE.map((tag) => `-EXIF:${tag}`),
    ]);
    expect(facts).toMatchObject({ takenAt: '2024-05-06T07:08:09', position: { latitude: -33.86, longitude: 151.2 } });
  });

  needsExiftool('is not what a clock says that was never set', async () => {
    const facts = await factsWith('unset.jpg', ['-EXIF:DateTimeOriginal=0000:00:00 00:00:00', CREATED]);
    expect(facts.takenAt).toBe('2023-01-02T03:04:05');
  });

  needsExiftool.each(['x.jpg', 'x.png', 'x.jp2', 'x.webp'])('is told by XMP, behind EXIF: %s', async (name) => {
    const xmp = ['-XMP-exif:DateTimeOriginal=2022:03:04 05:06:07+01:00', '-XMP-xmp:CreateDate=2021:01:01 01:01:01'];
    expect((await factsWith(name, xmp)).takenAt).toBe('2022-03-04T05:06:07+01:00');
    expect((await factsWith(name, [...xmp, TAKEN])).takenAt).toBe('2024-05-06T07:08:09');
  });

  it('is told of a JPEG XL, also of a compressed box', async () => {
    const { brotliCompressSync } = await import('node:zlib');
    const { readPictureMetadata } = await import('../../../src/media/image/picture-metadata.js');
    const { MemoryBytes } = await import('../../../src/media/bytes/byte-source.js');
    const exif = { IFD2: { DateTimeOriginal: '2024:05:06 07:08:09' } };
    const image = sharp({ create: { width: 9, height: 7, channels: 3, background: 'red' } });
    const { exif: marked = Buffer.alloc(0) } = await sharp(await image.withExif(exif).jpeg().toBuffer()).metadata();
    const block = Buffer.concat([Buffer.alloc(4), marked.subarray(6)]);
    const signature = box('JXL ', Buffer.from('0d0a870a', 'hex'));
    const boxes = [box('Exif', block), box('brob', Buffer.from('Exif'), brotliCompressSync(block))];
    for (const exifBox of boxes) {
      const file = new MemoryBytes(Buffer.concat([signature, exifBox, box('jxlc', Buffer.from([0xff, 0x0a]))]));
      expect(readPictureMetadata(file, 'jxl')).toEqual({ takenAt: '2024-05-06T07:08:09' });
    }
  });
});

describe('a picture that moves', () => {
  it('is one of several frames in time: APNG', async () => {
    const path = await stage.make('moving.png', ...MOVING, '-f', 'apng', '-plays', '0');
    const described = await stage.describe(path, { transcode: 'balanced' });
    expect(described.problems).toEqual([]);
    expect(described.facts).toEqual({ width: 64, height: 48, isAnimated: true });
    // A smaller copy would have one of them.
    expect(described.derivatives.map(({ kind }) => kind)).toEqual(['thumbnail']);
    const still = await stage.make('still.png', ...STILL, '-f', 'apng');
    expect((await stage.describe(still)).facts).toEqual({ width: 64, height: 48 });
  });

  it('is not one of several pages: TIFF', async () => {
    const page = (background: string): Promise<Buffer> =>
      sharp({ create: { width: 40, height: 30, channels: 3, background } })
        .png()
        .toBuffer();
    const pages = await Promise.all(['red', 'blue'].map(page));
    const joined = sharp(pages, { join: { animated: true } });
    const { facts } = await stage.describe(await stage.put('pages.tif', await joined.tiff().toBuffer()));
    expect(facts).toEqual({ width: 40, height: 30 });
  });

  it('is one of an AVIF with a track, which only ffmpeg reads', async () => {
    // Not every ffmpeg writes them: this is the kind of one that does, its pictures in AV1.
    const made = await stage
      .make('moving.avif', ...MOVING, '-c:v', 'libaom-av1', '-cpu-used', '8', '-strict', 'experimental')
      .catch(() => undefined);
    if (made === undefined) return;
    const described = await stage.describe(made);
    expect(described.problems).toEqual([]);
    expect(described.facts).toMatchObject({ width: 64, height: 48, isAnimated: true });
    expect(described.derivatives.map(({ kind }) => kind)).toEqual(['thumbnail']);
    expect(await stage.strays()).toEqual([]);
  });
});

describe('the colours of a JPEG 2000', () => {
  it('are those that its profile says', async () => {
    // Of wide colours: what is green in it is far from the green of the same numbers in sRGB.
    const green = { create: { width: 64, height: 48, channels: 3, background: { r: 60, g: 200, b: 60 } } } as const;
    const p3 = await sharp(green).withIccProfile('p3').png().toBuffer();
    const { icc } = await sharp(p3).metadata();
    expect(icc).toBeDefined();
    const bare = await readFile(
      await stage.make('bare.jp2', ...['-f', 'lavfi', '-i', 'color=0x40c040:s=64x48:d=0.04:r=25'], '-pix_fmt', 'rgb24'),
    );
    const path = await stage.put('wide.jp2', withJp2Profile(bare, icc ?? Buffer.alloc(0)));
    const plainly = await stage.describe(await stage.put('plain.jp2', bare));
    const described = await stage.describe(path);
    expect(described.problems).toEqual([]);
    const [wide, narrow] = [described, plainly].map((one) => madeOf(one, 'thumbnail'));
    const [r = 0, g = 0, b = 0] = await colourAt(narrow ?? '', 0.5, 0.5);
    const same = sharp({ create: { width: 8, height: 8, channels: 3, background: { r, g, b } } });
    const inP3 = withProfile(await same.png().toBuffer(), icc ?? Buffer.alloc(0));
    const expected = await stage.put('expected.png', await sharp(inP3).toColourspace('srgb').png().toBuffer());
    expect(distance(await colourAt(wide ?? '', 0.5, 0.5), await colourAt(expected, 0.5, 0.5))).toBeLessThan(6);
    expect(distance(await colourAt(wide ?? '', 0.5, 0.5), [r, g, b])).toBeGreaterThan(20);
  });
});

/** Writes a profile over what the head says of the colours (ISO/IEC 15444-1, annex I.5.3.3). */
function withJp2Profile(file: Buffer, profile: Buffer): Buffer {
  const at = file.indexOf('jp2h') - 4;
  const end = at + file.readUInt32BE(at);
  const size = file.subarray(at + 8, at + 8 + file.readUInt32BE(at + 8));
  const head = box('jp2h', size, box('colr', Buffer.from([2, 0, 0]), profile));
  return Buffer.concat([file.subarray(0, at), head, file.subarray(end)]);
}

describe('a picture of which nothing would be visible', () => {
  const clear = { width: 40, height: 30, channels: 4, background: { r: 200, g: 0, b: 0, alpha: 0 } } as const;

  it.each(['png', 'webp'] as const)('is listed: %s', async (format) => {
    const described = await stage.describe(
      await stage.put(`nothing.${format}`, await sharp({ create: clear }).toFormat(format).toBuffer()),
    );
    expect(described.derivatives).toEqual([]);
    expect(described.problems).toMatchObject([
      { work: 'thumbnail', reason: expect.stringContaining('transparent') as string },
    ]);
  });

  it.each(['webp', 'gif'] as const)('is shown by a later frame where one has something: %s', async (format) => {
    const frame = (alpha: number): Promise<Buffer> =>
      sharp({ create: { ...clear, background: { ...clear.background, alpha } } })
        .png()
        .toBuffer();
    const frames = await Promise.all([0, 0, 1, 1].map(frame));
    const moving = await sharp(frames, { join: { animated: true } })
      .toFormat(format)
      .toBuffer();
    const described = await stage.describe(await stage.put(`dawn.${format}`, moving));
    expect(described.problems).toEqual([]);
    expect(distance(await colourAt(madeOf(described, 'thumbnail'), 0.5, 0.5), [200, 0, 0, 255])).toBeLessThan(10);
  });
});
