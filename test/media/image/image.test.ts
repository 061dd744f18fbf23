import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { crc32 } from '../crc32.js';
import { colourAt, distance, madeOf, Stage } from '../stage.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

const RED = [255, 0, 0, 255];
const GREEN = [0, 128, 0, 255];
const BLUE = [0, 0, 255, 255];
const WHITE = [255, 255, 255, 255];

/** Lossy, and of chroma at half size. */
const TOLERANCE = 24;

/** Upright: red and green above, blue and white below, 120 × 80. */
async function quarters(): Promise<Sharp> {
  const quarter = async (background: string): Promise<Buffer> =>
    sharp({ create: { width: 60, height: 40, channels: 3, background } })
      .png()
      .toBuffer();
  const base = sharp({ create: { width: 120, height: 80, channels: 3, background: 'black' } }).composite([
    { input: await quarter('red'), left: 0, top: 0 },
    { input: await quarter('green'), left: 60, top: 0 },
    { input: await quarter('blue'), left: 0, top: 40 },
    { input: await quarter('white'), left: 60, top: 40 },
  ]);
  return sharp(
    await sharp(await base.png().toBuffer())
      .removeAlpha()
      .png()
      .toBuffer(),
  );
}

async function expectQuarters(path: string): Promise<void> {
  expect(distance(await colourAt(path, 0.25, 0.25), RED)).toBeLessThan(TOLERANCE);
  expect(distance(await colourAt(path, 0.75, 0.25), GREEN)).toBeLessThan(TOLERANCE);
  expect(distance(await colourAt(path, 0.25, 0.75), BLUE)).toBeLessThan(TOLERANCE);
  expect(distance(await colourAt(path, 0.75, 0.75), WHITE)).toBeLessThan(TOLERANCE);
}

describe('a thumbnail', () => {
  // What a camera held so stores of what is upright: the inverse of what EXIF tells a viewer to do.
  const STORED: readonly ((upright: Sharp) => Sharp)[] = [
    (upright) => upright,
    (upright) => upright.flop(),
    (upright) => upright.rotate(180),
    (upright) => upright.flip(),
    (upright) => upright.rotate(270).flip(),
    (upright) => upright.rotate(270),
    (upright) => upright.rotate(270).flop(),
    (upright) => upright.rotate(90),
  ];

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is upright for orientation %i', async (orientation) => {
    // Two passes: sharp turns before it mirrors, whatever the order of the calls.
    const turned =
      orientation === 5 || orientation === 7 ? await (await quarters()).rotate(270).png().toBuffer() : undefined;
    const stored =
      turned === undefined
        ? STORED[orientation - 1]?.(await quarters())
        : orientation === 5
          ? sharp(turned).flip()
          : sharp(turned).flop();
    if (stored === undefined) throw new Error('no such orientation');
    const jpeg = await stored.jpeg({ quality: 95 }).withMetadata({ orientation }).toBuffer();
    const described = await stage.describe(await stage.put(`orientation-${orientation}.jpg`, jpeg));
    expect(described.facts).toMatchObject({ width: 120, height: 80 });
    const thumbnail = madeOf(described, 'thumbnail');
    expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 120, height: 80, format: 'webp' });
    await expectQuarters(thumbnail);
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)('has the colours of the %s', async (format) => {
    const path = await stage.put(`colours.${format}`, await (await quarters()).toFormat(format).toBuffer());
    const described = await stage.describe(path);
    expect(described.problems).toEqual([]);
    await expectQuarters(madeOf(described, 'thumbnail'));
    expect(Buffer.from(described.placeholder ?? '', 'base64').length).toBeGreaterThan(4);
  });

  it.each([
    ['another profile', (upright: Sharp): Sharp => upright.withIccProfile('p3').jpeg({ quality: 95 })],
    ['sixteen bits', (upright: Sharp): Sharp => upright.toColourspace('rgb16').png()],
    [
      'a printer',
      (upright: Sharp): Sharp => upright.toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 95 }),
    ],
  ])('has the colours of a picture for %s', async (name, encode) => {
    const described = await stage.describe(await stage.put(`${name}.bin`, await encode(await quarters()).toBuffer()));
    const thumbnail = madeOf(described, 'thumbnail');
    expect((await sharp(thumbnail).metadata()).space).toBe('srgb');
    // Not all colours of a screen are on paper.
    const tolerance = name === 'a printer' ? 120 : TOLERANCE;
    expect(distance(await colourAt(thumbnail, 0.25, 0.25), RED)).toBeLessThan(tolerance);
    expect(distance(await colourAt(thumbnail, 0.75, 0.75), WHITE)).toBeLessThan(TOLERANCE);
  });

  it('is no brighter than the grey it was made from', async () => {
    const grey = sharp({ create: { width: 50, height: 50, channels: 3, background: '#606060' } });
    const described = await stage.describe(
      await stage.put('grey.png', await grey.toColourspace('b-w').png().toBuffer()),
    );
    expect(distance(await colourAt(madeOf(described, 'thumbnail'), 0.5, 0.5), [96, 96, 96, 255])).toBeLessThan(6);
  });

  it('keeps what is transparent', async () => {
    const clear = sharp({
      create: { width: 600, height: 400, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } },
    });
    const described = await stage.describe(await stage.put('clear.png', await clear.png().toBuffer()));
    expect(described.facts).toEqual({ width: 600, height: 400, hasAlpha: true });
    const thumbnail = madeOf(described, 'thumbnail');
    expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 320, height: 213, hasAlpha: true });
    expect((await colourAt(thumbnail, 0.5, 0.5))[3]).toBeCloseTo(128, -1);
  });

  it.each(['webp', 'gif'] as const)('is of the first frame of a moving %s', async (format) => {
    const frame = (background: string): Promise<Buffer> =>
      sharp({ create: { width: 40, height: 30, channels: 3, background } })
        .png()
        .toBuffer();
    const frames = [await frame('red'), await frame('blue'), await frame('green')];
    const moving = await sharp(frames, { join: { animated: true } })
      .toFormat(format)
      .toBuffer();
    const described = await stage.describe(await stage.put(`moving.${format}`, moving));
    expect(described.facts).toMatchObject({ width: 40, height: 30, isAnimated: true });
    expect(distance(await colourAt(madeOf(described, 'thumbnail'), 0.5, 0.5), RED)).toBeLessThan(TOLERANCE);
  });

  it('is made of an animation of more pixels than one picture may have: only one frame is decoded', async () => {
    const frame = (index: number): Promise<Buffer> =>
      sharp({ create: { width: 800, height: 800, channels: 3, background: { r: index, g: 0, b: 0 } } })
        .png()
        .toBuffer();
    const frames = await Promise.all(Array.from({ length: 79 }, (_, index) => frame(index)));
    const moving = await sharp(frames, { join: { animated: true }, limitInputPixels: false })
      .gif({ effort: 1 })
      .toBuffer();
    const described = await stage.describe(await stage.put('long.gif', moving));
    expect(described.problems).toEqual([]);
    expect(described.facts).toMatchObject({ width: 800, height: 800, isAnimated: true });
  });
});

describe('what a picture tells', () => {
  it('is when and where it was taken', async () => {
    const exif = {
      IFD0: { Make: 'Maker' },
      IFD2: { DateTimeOriginal: '2024:05:06 07:08:09' },
      IFD3: {
        GPSLatitudeRef: 'S',
        GPSLatitude: '33/1 51/1 36/1',
        GPSLongitudeRef: 'E',
        GPSLongitude: '151/1 12/1 0/1',
      },
    };
    const path = await stage.put('taken.jpg', await (await quarters()).withExif(exif).jpeg().toBuffer());
    expect((await stage.describe(path)).facts).toEqual({
      width: 120,
      height: 80,
      takenAt: '2024-05-06T07:08:09',
      position: { latitude: -33.86, longitude: 151.2 },
    });
  });

  it('is nothing of a block of EXIF that cannot be read', async () => {
    const jpeg = await (
      await quarters()
    )
      .withExif({ IFD0: { Make: 'Maker' } })
      .jpeg()
      .toBuffer();
    const broken = Buffer.from(jpeg);
    broken.fill(0xff, jpeg.indexOf('Exif') + 14, jpeg.indexOf('Exif') + 30);
    expect((await stage.describe(await stage.put('broken-exif.jpg', broken))).facts).toEqual({
      width: 120,
      height: 80,
    });
  });
});

describe('a name', () => {
  it.each(['photo.jpg[1]', 'x[page=2]', '[n=-1]', '-i.jpg', '%d.png', 'a|b.jpg', "it's $HOME.jpg", 'ünï\u202Egpj.exe'])(
    'is only a name: %s',
    async (name) => {
      if (process.platform === 'win32' && name.includes('|')) return;
      const path = await stage.put(name, await (await quarters()).png().toBuffer());
      const described = await stage.describe(path, { name: 'named', stripMetadata: true, transcode: 'balanced' });
      expect(described.problems).toEqual([]);
      expect(described.facts).toEqual({ width: 120, height: 80 });
      expect(madeOf(described, 'thumbnail')).toBe(join(stage.out, 'named.thumb.webp'));
    },
  );
});

describe('a picture that costs too much', () => {
  function bomb(width: number, height: number): Buffer {
    const chunk = (type: string, data: Buffer): Buffer => {
      const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
      const frame = Buffer.alloc(8);
      frame.writeUInt32BE(data.length, 0);
      frame.writeUInt32BE(crc32(body), 4);
      return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
    };
    const head = Buffer.alloc(13);
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    head.set([1, 0], 8);
    const rows = deflateSync(Buffer.alloc(Math.min(height * Math.ceil(width / 8 + 1), 100_000_000)), { level: 9 });
    const signature = Buffer.from('89504e470d0a1a0a', 'hex');
    return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
  }

  it.each([
    [20_000, 20_000],
    [2_000_000_000, 2_000_000_000],
    [1, 50_000_001],
  ])('is refused before it is decoded: a PNG of %i × %i', async (width, height) => {
    const path = await stage.put('bomb.png', bomb(width, height));
    await stage.describe(path); // Warms up the library.
    const startedMs = performance.now();
    const startBytes = process.memoryUsage.rss();
    const described = await stage.describe(path, { stripMetadata: true, transcode: 'balanced' });
    expect(performance.now() - startedMs).toBeLessThan(500);
    expect(process.memoryUsage.rss() - startBytes).toBeLessThan(50e6);
    expect(described.derivatives).toEqual([]);
    expect(described.problems.map(({ work }) => work)).toEqual(['facts', 'transcode', 'strip']);
    expect(described.content.mimeType).toBe('image/png');
  });

  it('is refused as a drawing of a size that nobody draws', async () => {
    const described = await stage.describe(
      await stage.put('large.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"/>'),
    );
    expect(described.problems).toMatchObject([{ work: 'facts' }]);
    const long = await stage.describe(await stage.put('long.svg', `<svg>${' '.repeat(5_000_000)}</svg>`));
    expect(long.problems[0]?.reason).toContain('drawing of 5000011 bytes');
  });
});

describe('a picture that breaks off', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)(
    'leaves no half of a thumbnail: %s',
    async (format) => {
      const noise = sharp(randomBytes(300 * 300 * 3), { raw: { width: 300, height: 300, channels: 3 } });
      const whole = await noise.toFormat(format).toBuffer();
      const path = await stage.put(`half.${format}`, whole.subarray(0, whole.length / 2));
      const described = await stage.describe(path, {
        name: `half-${format}`,
        stripMetadata: true,
        transcode: 'balanced',
      });
      expect(described.problems.length).toBeGreaterThan(0);
      expect(described.content.extension).toBe({ jpeg: 'jpg', tiff: 'tif' }[format as string] ?? format);
      const listed = described.derivatives.map((derivative) => derivative.path);
      const there = (await readdir(stage.out)).filter((name) => name.startsWith(`half-${format}.`));
      expect(there.map((name) => join(stage.out, name))).toEqual(listed);
    },
  );
});

describe('a drawing that names its neighbours', () => {
  it('is drawn without them', async () => {
    const neighbour = await stage.put('neighbour.png', await (await quarters()).png().toBuffer());
    const secret = await stage.put('secret.txt', 'SECRET');
    await writeFile(join(stage.root, 'in', 'style.css'), 'rect { fill: red }');
    const url = (path: string): string => `file://${path}`;
    const svg = [
      `<?xml-stylesheet href="style.css"?>`,
      `<!DOCTYPE svg [ <!ENTITY stolen SYSTEM "${url(secret)}"> ]>`,
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xi="http://www.w3.org/2001/XInclude" width="120" height="80">`,
      `<style>@import url("${url(stage.path('style.css'))}");</style>`,
      `<rect width="120" height="80" fill="white"/>`,
      ...[neighbour, url(neighbour), 'neighbour.png'].map(
        (href) => `<image xlink:href="${href}" href="${href}" width="120" height="80"/>`,
      ),
      `<xi:include href="${url(secret)}" parse="text"/>`,
      `<text x="0" y="60" font-size="60" fill="black">&stolen;</text></svg>`,
    ];
    const described = await stage.describe(await stage.put('thief.svg', svg.join('\n')));
    if (described.derivatives.length === 0) return; // Refused as a whole: nothing was read either.
    const { data } = await sharp(madeOf(described, 'thumbnail')).raw().toBuffer({ resolveWithObject: true });
    expect(Math.min(...data)).toBeGreaterThan(250);
    expect((await readFile(secret, 'utf8')).length).toBe(6);
  });

  it('ends when its entities multiply', async () => {
    const entities = Array.from({ length: 12 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`);
    const svg = `<!DOCTYPE svg [<!ENTITY e0 "ha">${entities.join('')}]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&e12;</text></svg>`;
    const described = await stage.describe(await stage.put('laughs.svg', svg));
    expect(described.problems).toMatchObject([{ work: 'facts' }]);
  });
});
