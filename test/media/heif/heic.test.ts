import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fc, it as property } from '@fast-check/vitest';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { isChatferryError } from '../../../src/errors/chatferry-error.js';
import { readHeicPicture } from '../../../src/media/heif/heic-picture.js';
import { heicFile, type HeicOptions } from './heic-file.js';
import { colourAt, distance, madeOf, Stage } from '../stage.js';

let stage: Stage;
/** Four tiles with a date, for files that are broken on purpose. */
let tiled: Buffer;

beforeAll(async () => {
  stage = await Stage.open();
  tiled = await heicFile(stage, await quarters(), { columns: 2, rows: 2, tile: 64, exif: await exifOf() });
});

afterAll(() => stage[Symbol.asyncDispose]());

const RED = [255, 0, 0, 255];
const GREEN = [0, 128, 0, 255];
const BLUE = [0, 0, 255, 255];
const WHITE = [255, 255, 255, 255];
/** Lossy, and of chroma at half size. */
const TOLERANCE = 24;

/** Red and green above, blue and white below, 120 × 80. */
async function quarters(colour: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const { red = 'red' } = colour;
  const quarter = (background: string): Promise<Buffer> =>
    sharp({ create: { width: 60, height: 40, channels: 3, background } })
      .png()
      .toBuffer();
  return sharp({ create: { width: 120, height: 80, channels: 3, background: 'black' } })
    .composite([
      { input: await quarter(red), left: 0, top: 0 },
      { input: await quarter('green'), left: 60, top: 0 },
      { input: await quarter('blue'), left: 0, top: 40 },
      { input: await quarter('white'), left: 60, top: 40 },
    ])
    .png()
    .toBuffer();
}

async function exifOf(): Promise<Buffer> {
  const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .withExif({
      IFD0: { Make: 'a telephone' },
      IFD2: { DateTimeOriginal: '2024:05:06 07:08:09' },
      IFD3: {
        GPSLatitudeRef: 'S',
        GPSLatitude: '33/1 51/1 0/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '151/1 12/1 0/1',
      },
    })
    .jpeg()
    .toBuffer();
  const { exif } = await sharp(jpeg).metadata();
  if (exif === undefined) throw new Error('sharp wrote no EXIF');
  return exif;
}

async function put(name: string, options: HeicOptions, picture?: Buffer): Promise<string> {
  return stage.put(name, await heicFile(stage, picture ?? (await quarters()), options));
}

/** Colours of the four quarters, from the top left row by row. */
async function expectQuarters(path: string, expected: readonly (readonly number[])[]): Promise<void> {
  for (const [index, colour] of expected.entries()) {
    const found = await colourAt(path, index % 2 === 0 ? 0.25 : 0.75, index < 2 ? 0.25 : 0.75);
    expect(distance(found, colour), `quarter ${index} is ${found.join()}`).toBeLessThan(TOLERANCE);
  }
}

describe('a HEIC photo', () => {
  it('that is larger than any copy of it is made less on the way, and known as large as it is', async () => {
    const large = await sharp(await quarters())
      .resize(3000, 2000, { kernel: 'nearest' })
      .png()
      .toBuffer();
    const path = await stage.put(
      'large.heic',
      await heicFile(stage, large, { columns: 3, rows: 2, tile: 1024, turns: 1 }),
    );
    const described = await stage.describe(path, { transcode: 'balanced' });
    expect(described).toMatchObject({ facts: { width: 2000, height: 3000, rotation: 270 }, problems: [] });
    const thumbnail = madeOf(described, 'thumbnail');
    expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 213, height: 320 });
    expect(distance(await colourAt(thumbnail, 0.25, 0.25), GREEN)).toBeLessThan(TOLERANCE);
    expect(distance(await colourAt(thumbnail, 0.25, 0.75), RED)).toBeLessThan(TOLERANCE);
    expect(await sharp(madeOf(described, 'transcode')).metadata()).toMatchObject({ width: 1707, height: 2560 });
  });

  it('of one piece has its thumbnail', async () => {
    const path = await put('whole.heic', { columns: 1, rows: 1, tile: 128 }, await sized(128));
    const described = await stage.describe(path);
    expect(described.problems).toEqual([]);
    expect(described.content).toEqual({ kind: 'image', mimeType: 'image/heic', extension: 'heic' });
    expect(described.facts).toEqual({ width: 128, height: 128 });
    await expectQuarters(madeOf(described, 'thumbnail'), [RED, GREEN, BLUE, WHITE]);
    expect(await stage.strays()).toEqual([]);
  });

  it('in tiles is put together, and what they have beyond the picture is cut off', async () => {
    const path = await put('tiles.heic', { columns: 2, rows: 2, tile: 64 });
    // Another reader's opinion of what the test wrote.
    expect(await sharp(path).metadata()).toMatchObject({ format: 'heif', width: 120, height: 80 });
    const described = await stage.describe(path);
    expect(described.problems).toEqual([]);
    expect(described.facts).toEqual({ width: 120, height: 80 });
    const thumbnail = madeOf(described, 'thumbnail');
    expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 120, height: 80 });
    await expectQuarters(thumbnail, [RED, GREEN, BLUE, WHITE]);
  });

  it.each([
    [1, undefined, 270, [GREEN, WHITE, RED, BLUE]],
    [2, undefined, 180, [WHITE, BLUE, GREEN, RED]],
    [3, undefined, 90, [BLUE, RED, WHITE, GREEN]],
    [0, 0, undefined, [BLUE, WHITE, RED, GREEN]],
    [0, 1, undefined, [GREEN, RED, WHITE, BLUE]],
    [1, 1, 270, [WHITE, GREEN, BLUE, RED]],
  ] as const)('of %i quarter turns and mirroring %s is upright', async (turns, mirror, rotation, expected) => {
    const options = { columns: 2, rows: 2, tile: 64, turns, ...(mirror === undefined ? {} : { mirror }) };
    const described = await stage.describe(await put(`turned-${turns}-${String(mirror)}.heic`, options));
    const [width, height] = turns % 2 === 0 ? [120, 80] : [80, 120];
    expect(described.facts).toEqual({ width, height, ...(rotation === undefined ? {} : { rotation }) });
    await expectQuarters(madeOf(described, 'thumbnail'), expected);
  });

  it('tells when and where it was taken, and a copy to give away does not', async () => {
    const described = await stage.describe(await stage.put('dated.heic', tiled), { stripMetadata: true });
    expect(described.facts).toMatchObject({
      takenAt: '2024-05-06T07:08:09',
      position: { latitude: -33.85, longitude: 151.2 },
    });
    const copy = madeOf(described, 'stripped');
    expect(copy.endsWith('.stripped.heic')).toBe(true);
    const again = await stage.describe(copy, { name: 'given-away' });
    expect(again.problems).toEqual([]);
    expect(again.facts).toEqual({ width: 120, height: 80 });
    await expectQuarters(madeOf(again, 'thumbnail'), [RED, GREEN, BLUE, WHITE]);
  });

  it('has the colours of its profile', async () => {
    const wide = await sharp(await quarters())
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const { icc: profile } = await sharp(wide).metadata();
    if (profile === undefined) throw new Error('sharp wrote no profile');
    // The same numbers as in the file for the wide screen, and its profile beside them.
    const numbers = await sharp(wide, { ignoreIcc: true }).png().toBuffer();
    const described = await stage.describe(await put('wide.heic', { columns: 2, rows: 2, tile: 64, profile }, numbers));
    expect(described.problems).toEqual([]);
    await expectQuarters(madeOf(described, 'thumbnail'), [RED, GREEN, BLUE, WHITE]);
  });

  it('says its size where there is no ffmpeg', async () => {
    const { describeMedia } = await import('../../../src/media/describe-media.js');
    const described = await describeMedia(stage.job(await stage.put('alone.heic', tiled)), {
      ffmpeg: undefined,
      workFolder: join(stage.root, 'work'),
      signal: new AbortController().signal,
    });
    expect(described.facts).toMatchObject({ width: 120, height: 80 });
    expect(described.problems).toEqual([
      { work: 'facts', reason: 'There is no ffmpeg. Install it, or set FFMPEG_PATH.' },
    ]);
  });
});

describe('a HEIC file made to do harm', () => {
  /** Puts a number in the place of another, which must be there once. */
  function withNumber(type: string, offset: number, value: number): Buffer {
    const bytes = Buffer.from(tiled);
    bytes.writeUInt32BE(value, bytes.indexOf(type) + 4 + offset);
    return bytes;
  }

  it.each([
    ['tiles that are larger than the memory', () => withNumber('ispe', 4, 0x7fffffff), /pixels, more than 60000000/],
    ['more tiles than it has', () => withNumber('idat', 0, 0x0000_ffff), /256 × 256 tiles, and has 4/],
    ['a picture larger than its tiles', () => withNumber('idat', 4, 0xffff_0050), /65535 × 80 pixels out of 128 × 128/],
    ['bytes beyond its end', () => tiled.subarray(0, tiled.length - 400), /goes beyond the end/],
    ['a directory that breaks off', () => tiled.subarray(0, 300), /HEIC|HEIF|box|No picture/],
  ])('with %s is listed', async (name, bytes, reason) => {
    const described = await stage.describe(await stage.put(`${name}.heic`, bytes()));
    expect(described.derivatives).toEqual([]);
    expect(described.problems).toEqual([{ work: 'facts', reason: expect.stringMatching(reason) as string }]);
    expect(await stage.strays()).toEqual([]);
  });

  it('with a tile that is none has no thumbnail with a hole', async () => {
    const bytes = Buffer.from(tiled);
    const start = bytes.indexOf('mdat') + 4;
    // The first of the four, behind its length and the two bytes that say what it is.
    bytes.fill(0xff, start + 6, start + 4 + bytes.readUInt32BE(start));
    const described = await stage.describe(await stage.put('hole.heic', bytes));
    expect(described.facts).toMatchObject({ width: 120, height: 80 });
    expect(described.derivatives).toEqual([]);
    expect(described.problems).toHaveLength(1);
  });

  it('whose stream is larger than it says is not decoded', async () => {
    const large = await heicFile(stage, await sized(256), { columns: 1, rows: 1, tile: 256 });
    const at = large.indexOf('ispe') + 8;
    large.writeUInt32BE(64, at);
    large.writeUInt32BE(64, at + 4);
    const described = await stage.describe(await stage.put('liar.heic', large));
    expect(described.derivatives).toEqual([]);
    expect(described.problems).toHaveLength(1);
  });

  const changes = fc.array(fc.tuple(fc.nat({ max: 1200 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 });
  property.prop([changes, fc.nat({ max: 1200 })], { numRuns: 500 })(
    'is read, or refused for what it is, whatever its bytes',
    async (changed, cutBytes) => {
      const bytes = Buffer.from(tiled.subarray(0, tiled.length - (cutBytes % 7 === 0 ? cutBytes : 0)));
      for (const [at, value] of changed) if (at < bytes.length) bytes[at] = value;
      const path = stage.path('changed.heic');
      await writeFile(path, bytes);
      try {
        const picture = await readHeicPicture(path);
        if (picture !== undefined) expect(picture.columns * picture.rows).toBeLessThanOrEqual(1024);
      } catch (error) {
        if (!isChatferryError(error, 'CONTENT_MISMATCH')) throw error;
      }
    },
  );
});

/** The four colours over a square. */
async function sized(pixels: number): Promise<Buffer> {
  return sharp(await quarters())
    .resize({ width: pixels, height: pixels, fit: 'fill', kernel: 'nearest' })
    .png()
    .toBuffer();
}
