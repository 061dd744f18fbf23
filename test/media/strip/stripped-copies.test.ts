import { execFile } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { heicFile } from '../heif/heic-file.js';
import { needsProgram } from '../needs-program.js';
import { FILM_SOURCE, madeOf, SOUND_SOURCE, Stage } from '../stage.js';

const run = promisify(execFile);

const needsExiftool = await needsProgram('exiftool', '-ver');

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

/** What must not be found in a copy, in whichever letters. */
const PLANTED = 'GEHEIM';
const EVERYWHERE = ['Artist', 'Comment', 'Title', 'EXIF:Make', 'EXIF:UserComment', 'XMP-dc:Creator', 'XMP-xmp:Label'];
const WHERE = ['GPSLatitude=47.5', 'GPSLatitudeRef=N', 'GPSLongitude=8.5', 'GPSLongitudeRef=E'];

async function plant(path: string): Promise<void> {
  const tags = [...EVERYWHERE.map((tag) => `${tag}=${PLANTED}`), ...WHERE.map((tag) => `EXIF:${tag}`)];
  const dates = ['EXIF:DateTimeOriginal=2024:05:06 07:08:09', 'EXIF:ModifyDate=2024:05:06 07:08:09'];
  // Not every kind takes every tag; exiftool then writes the others.
  await run('exiftool', ['-q', '-m', '-overwrite_original', ...[...tags, ...dates].map((tag) => `-${tag}`), path]);
}

async function stripped(path: string): Promise<string> {
  const described = await stage.describe(path, { stripMetadata: true, name: basename(path).replaceAll('.', '_') });
  expect(described.problems).toEqual([]);
  return madeOf(described, 'stripped');
}

/** Neither exiftool nor a search of the bytes finds anything of it, in plain letters or in UTF-16. */
async function expectNothingTold(path: string): Promise<void> {
  const bytes = await readFile(path);
  for (const encoding of ['latin1', 'utf16le'] as const)
    expect(bytes.includes(Buffer.from(PLANTED, encoding))).toBe(false);
  const groups = ['-x', 'System:all', '-x', 'ExifTool:all'];
  const { stdout } = await run('exiftool', ['-j', '-a', '-u', '-G1', '-api', 'RequestAll=3', ...groups, path]);
  expect(stdout).not.toMatch(/GEHEIM|GPS|"(?:XMP|IPTC|Photoshop|ID3|APE)|2024:05:06/);
}

/** Pixels as they are shown, whatever the container says of how they are turned. */
async function pixelsOf(path: string): Promise<Buffer> {
  return sharp(path, { animated: true }).raw().toBuffer();
}

async function sumOf(path: string, streams: string): Promise<string> {
  const sum = `${path}.md5`;
  await run(stage.ffmpeg.ffmpeg, ['-v', 'error', '-y', '-i', path, '-map', streams, '-f', 'md5', `file:${sum}`]);
  return readFile(sum, 'utf8');
}

async function noise(): Promise<Buffer> {
  const size = { width: 97, height: 61 };
  const pixels = Buffer.alloc(size.width * size.height * 3);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = Math.imul(at + 1, at + 2_654_435) >>> 13;
  return sharp(pixels, { raw: { ...size, channels: 3 } })
    .png()
    .toBuffer();
}

describe('a picture to give away', () => {
  const BY_SHARP = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const;

  needsExiftool.each(BY_SHARP)('has the same pixels, and tells nothing: %s', async (format) => {
    const path = await stage.put(
      `told.${format}`,
      await sharp(await noise())
        .toFormat(format)
        .toBuffer(),
    );
    await plant(path);
    await appendFile(path, `${PLANTED} behind it`);
    expect((await readFile(path)).includes(PLANTED)).toBe(true);
    const copy = await stripped(path);
    await expectNothingTold(copy);
    expect(await pixelsOf(copy)).toEqual(await pixelsOf(path));
  });

  needsExiftool.each(['png', 'jpeg', 'webp'] as const)('stays turned as its camera was held: %s', async (format) => {
    const image = sharp(await noise()).withMetadata({ orientation: 6 });
    const path = await stage.put(`turned.${format}`, await image.toFormat(format).toBuffer());
    await plant(path);
    const copy = await stripped(path);
    await expectNothingTold(copy);
    expect((await sharp(copy).metadata()).orientation).toBe(6);
    const upright = (file: string): Promise<Buffer> => sharp(file).autoOrient().raw().toBuffer();
    expect(await upright(copy)).toEqual(await upright(path));
    const { stdout } = await run('exiftool', ['-s3', '-IFD0:all', copy]);
    expect(stdout.trim().split('\n')).toEqual(['Rotate 90 CW']);
  });

  needsExiftool.each(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)(
    'keeps what its colours mean, and not who made the profile: %s',
    async (format) => {
      const image = sharp(await noise()).withIccProfile('p3');
      const path = await stage.put(`wide.${format}`, await image.toFormat(format).toBuffer());
      const copy = await stripped(path);
      const { icc } = await sharp(copy).metadata();
      expect(icc).toBeDefined();
      const shown = (file: string): Promise<Buffer> => sharp(file).toColourspace('srgb').raw().toBuffer();
      expect(await shown(copy)).toEqual(await shown(path));
      const { stdout } = await run('exiftool', ['-s', '-ICC_Profile:all', copy]);
      expect(stdout).not.toMatch(/Apple|Copyright +: [^ \n]|Description +: \w|: (?:19|20)\d\d:/);
    },
  );

  needsExiftool('is one of all kinds of TIFF: deep, printed, of pages, in tiles, for large pictures', async () => {
    const image = sharp(await noise());
    const kinds = {
      deep: image.clone().toColourspace('rgb16').tiff({ compression: 'deflate' }),
      printed: image.clone().toColourspace('cmyk').tiff(),
      lines: image.clone().threshold().toColourspace('b-w').tiff({ bitdepth: 1, compression: 'ccittfax4' }),
      tiled: image
        .clone()
        .tiff({ tile: true, tileWidth: 32, tileHeight: 32, compression: 'lzw', predictor: 'horizontal' }),
      jpeg: image.clone().tiff({ compression: 'jpeg' }),
      big: image.clone().tiff({ bigtiff: true }),
      pages: sharp([await noise(), await noise()], { join: { animated: true } }).tiff(),
    };
    for (const [name, tiff] of Object.entries(kinds)) {
      const path = await stage.put(`${name}.tif`, await tiff.toBuffer());
      if (name !== 'big') await plant(path);
      const copy = await stripped(path);
      await expectNothingTold(copy);
      const [was, is] = await Promise.all([path, copy].map((file) => sharp(file, { pages: -1 }).metadata()));
      expect(is).toMatchObject({
        pages: was?.pages,
        depth: was?.depth,
        space: was?.space,
        bitsPerSample: was?.bitsPerSample,
      });
      const pixels = (file: string): Promise<Buffer> => sharp(file, { pages: -1 }).raw().toBuffer();
      expect(await pixels(copy)).toEqual(await pixels(path));
    }
  });

  needsExiftool('still moves: APNG, GIF, WebP', async () => {
    const frames = await Promise.all(
      ['red', 'blue', 'lime'].map((background) =>
        sharp({ create: { width: 40, height: 30, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const moving = (): Sharp => sharp(frames, { join: { animated: true } });
    const gif = await stage.put(
      'moving.gif',
      await moving()
        .gif({ delay: [100, 200, 300], loop: 3 })
        .toBuffer(),
    );
    const webp = await stage.put(
      'moving.webp',
      await moving()
        .webp({ delay: [100, 200, 300], loop: 3 })
        .toBuffer(),
    );
    const apng = await stage.make('moving.png', ...FILM_SOURCE, '-f', 'apng', '-plays', '0');
    const sum = await sumOf(apng, '0:v');
    for (const path of [gif, webp, apng]) {
      await plant(path);
      const copy = await stripped(path);
      await expectNothingTold(copy);
      const [was, is] = await Promise.all([path, copy].map((file) => sharp(file, { animated: true }).metadata()));
      expect([is?.pages, is?.delay, is?.loop]).toEqual([was?.pages, was?.delay, was?.loop]);
      expect(await pixelsOf(copy)).toEqual(await pixelsOf(path));
      if (path === apng) expect(await sumOf(copy, '0:v')).toBe(sum);
    }
  });

  needsExiftool('is one of a telephone: HEIC of tiles, turned, with its profile', async () => {
    const photo = sharp(await noise());
    const { exif } = await sharp(
      await photo
        .clone()
        .withExif({ IFD0: { Make: PLANTED } })
        .jpeg()
        .toBuffer(),
    ).metadata();
    const { icc } = await sharp(await photo.clone().withIccProfile('p3').png().toBuffer()).metadata();
    const options = { columns: 2, rows: 2, tile: 64, turns: 3, ...(exif && { exif }), ...(icc && { profile: icc }) };
    const path = await stage.put('photo.heic', await heicFile(stage, await noise(), options));
    expect((await readFile(path)).includes(PLANTED)).toBe(true);
    const copy = await stripped(path);
    await expectNothingTold(copy);
    expect((await readFile(copy)).includes('x265')).toBe(false);
    const [was, is] = [await stage.describe(path, { name: 'was' }), await stage.describe(copy, { name: 'is' })];
    expect(is.facts).toEqual(was.facts);
    expect(is.problems).toEqual([]);
    expect(await pixelsOf(madeOf(is, 'thumbnail'))).toEqual(await pixelsOf(madeOf(was, 'thumbnail')));
  });

  needsExiftool.each(['jp2', 'bmp'])('is one that only ffmpeg reads: %s', async (extension) => {
    const path = await stage.make(
      `told.${extension}`,
      ...FILM_SOURCE,
      '-frames:v',
      '1',
      '-pix_fmt',
      extension === 'bmp' ? 'bgr24' : 'rgb24',
    );
    if (extension === 'jp2') await plant(path);
    await appendFile(path, PLANTED);
    const copy = await stripped(path);
    await expectNothingTold(copy);
    expect(extname(copy)).toBe(extension === 'bmp' ? '.png' : '.jp2');
    const rgb = async (file: string): Promise<Buffer> =>
      readFile(await stage.make('pixels.rgb', '-i', file, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24'));
    expect(await rgb(copy)).toEqual(await rgb(path));
  });
});

describe('a film to give away', () => {
  const TAGS = ['title', 'comment', 'artist', 'location'].flatMap((tag) => ['-metadata', `${tag}=${PLANTED}`]);
  const SEI = `h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+${PLANTED}`;
  const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-bsf:v', SEI];

  needsExiftool.each([
    ['film.mp4', [...H264, '-c:a', 'aac']],
    [
      'film.mov',
      ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=0', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
    ],
    ['film.mkv', [...H264, '-c:a', 'libvorbis']],
    ['film.mts', [...H264, '-c:a', 'ac3', '-f', 'mpegts']],
    ['film.webm', ['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libvorbis']],
    ['film.avi', ['-c:v', 'mpeg4', '-c:a', 'libmp3lame']],
    ['film.mpg', ['-r', '25', '-c:v', 'mpeg2video', '-c:a', 'mp2', '-f', 'vob']],
    ['film.flv', ['-c:v', 'flv', '-ar', '44100', '-c:a', 'libmp3lame']],
    ['film.asf', ['-c:v', 'msmpeg4', '-c:a', 'wmav2']],
    ['film.ogv', ['-c:v', 'libtheora', '-c:a', 'libvorbis']],
  ])('shows and sounds the same, and tells nothing: %s', async (name, codecs) => {
    const path = await stage.make(name, ...FILM_SOURCE, ...SOUND_SOURCE, ...codecs, ...TAGS);
    if (codecs.includes(SEI)) expect((await readFile(path)).includes(PLANTED)).toBe(true);
    const copy = await stripped(path);
    await expectNothingTold(copy);
    const bytes = await readFile(copy);
    for (const coder of ['x264 - core', 'x265 (build']) expect(bytes.includes(coder)).toBe(false);
    for (const streams of ['0:v', '0:a']) expect(await sumOf(copy, streams)).toBe(await sumOf(path, streams));
  });

  it('of motion JPEG is listed: what a camera writes into it cannot be cut out', async () => {
    const path = await stage.make('camera.avi', ...FILM_SOURCE, '-c:v', 'mjpeg');
    const described = await stage.describe(path, { stripMetadata: true });
    expect(described.derivatives.map(({ kind }) => kind)).not.toContain('stripped');
    expect(described.problems).toMatchObject([
      { work: 'strip', reason: expect.stringContaining('Motion JPEG') as string },
    ]);
  });
});

describe('a recording to give away', () => {
  const TAGS = ['title', 'artist', 'comment'].flatMap((tag) => ['-metadata', `${tag}=${PLANTED}`]);

  needsExiftool.each([
    ['song.mp3', ['-write_id3v1', '1']],
    ['song.mp2', []],
    ['song.aac', ['-c:a', 'aac']],
    ['song.ac3', ['-c:a', 'ac3']],
    ['song.eac3', ['-c:a', 'eac3']],
    ['song.flac', []],
    ['song.wav', []],
    ['song.aiff', []],
    ['song.ogg', ['-c:a', 'libvorbis']],
    ['voice.opus', ['-c:a', 'libopus']],
    ['song.m4a', ['-c:a', 'aac']],
    ['song.mka', ['-c:a', 'libvorbis']],
    ['song.wv', ['-c:a', 'wavpack']],
  ])('sounds the same, and tells nothing, whatever stands in front of it or behind: %s', async (name, codec) => {
    const path = await stage.make(name, ...SOUND_SOURCE, ...codec, ...TAGS);
    const sum = await sumOf(path, '0:a');
    const id3v1 = Buffer.alloc(128);
    id3v1.write(`TAG${PLANTED}`, 'latin1');
    const isBare = /mp[23]|aac|flac|wv/.test(extname(name));
    if (isBare) await appendFile(path, Buffer.concat([apeTag(), id3v1]));
    const copy = await stripped(path);
    await expectNothingTold(copy);
    expect(await sumOf(copy, '0:a')).toBe(sum);
  });
});

/** https://wiki.hydrogenaudio.org/index.php?title=APEv2_specification, with a head. */
function apeTag(): Buffer {
  const item = Buffer.concat([Buffer.from([6, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(`Artist\0${PLANTED}`)]);
  const end = (flags: number): Buffer => {
    const bytes = Buffer.alloc(32);
    bytes.write('APETAGEX', 'latin1');
    bytes.writeUInt32LE(2000, 8);
    bytes.writeUInt32LE(item.length + 32, 12);
    bytes.writeUInt32LE(1, 16);
    bytes.writeUInt32LE(flags, 20);
    return bytes;
  };
  return Buffer.concat([end(0xa0000000), item, end(0x80000000)]);
}

describe('a drawing to give away', () => {
  const of = async (body: string, head = ''): Promise<string> => {
    const spaces =
      'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:ink="http://ink"';
    return stage.put('drawing.svg', `${head}<svg ${spaces} width="60" height="40">${body}</svg>`);
  };

  it('has what is drawn, and nothing else', async () => {
    const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'blue' } })
      .withExif({ IFD0: { Make: PLANTED } })
      .jpeg()
      .toBuffer();
    const path = await of(
      `<!-- ${PLANTED} --><metadata>${PLANTED}</metadata><title>${PLANTED}</title><ink:view ink:path="${PLANTED}"><rect/></ink:view>
      <style>/* ${PLANTED} */ .a { fill: red }</style><rect class="a" ink:label='${PLANTED}' data-x="${PLANTED}" width="30" height="40"/>
      <image xlink:href="data:image/jpeg;base64,${jpeg.toString('base64')}" x="40" width="20" height="20"/>
      <text x="3" y="9">a &lt; b</text>`,
      `<?xml version="1.0"?><?tool ${PLANTED}?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">`,
    );
    expect(jpeg.includes(PLANTED)).toBe(true);
    const copy = await stripped(path);
    const text = await readFile(copy, 'utf8');
    expect(text).not.toContain(PLANTED);
    expect(text).not.toContain('ink:label');
    expect(text).not.toContain(jpeg.toString('base64'));
    expect(await pixelsOf(copy)).toEqual(await pixelsOf(path));
  });

  it.each([
    ['<image href="/home/anna/x.png" width="9" height="9"/>', '', 'another file'],
    ['<rect style="fill:url(../anna.svg#a)"/>', '', 'another file'],
    ['<rect/>', '<!DOCTYPE svg [<!ENTITY a "b">]>', 'entities'],
    ['<image href="data:font/woff2;base64,AAAA"/>', '', 'cannot be stripped'],
  ])('is listed where it cannot be made: %s %s', async (body, head, reason) => {
    const described = await stage.describe(await of(body, head), { stripMetadata: true, name: 'refused' });
    expect(described.derivatives.map(({ kind }) => kind)).not.toContain('stripped');
    expect(described.problems).toContainEqual({ work: 'strip', reason: expect.stringContaining(reason) as string });
  });
});

describe('a copy without metadata that cannot be made', () => {
  it('is listed, and not made, of pixels that cannot be decoded', async () => {
    const path = await stage.put(
      'noise.webp',
      await sharp(await noise())
        .webp({ lossless: true })
        .toBuffer(),
    );
    const bytes = await readFile(path);
    bytes.fill(0xff, Math.floor(bytes.length / 3));
    const described = await stage.describe(await stage.put('damaged.webp', bytes), { stripMetadata: true });
    expect(described.derivatives).toEqual([]);
    expect(described.problems.map(({ work }) => work)).toEqual(['thumbnail', 'strip']);
  });

  it.each([
    ['plan.pdf', '%PDF-1.4\nnothing'],
    ['letter.txt', 'Anna'],
    ['empty.bin', ''],
  ])('is listed: %s', async (name, content) => {
    const described = await stage.describe(await stage.put(name, content), { stripMetadata: true });
    expect(described.derivatives).toEqual([]);
    expect(described.problems.map(({ work }) => work)).toContain('strip');
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff'] as const)(
    'is listed, and leaves nothing, of a %s that breaks off',
    async (format) => {
      const whole = await sharp(await noise())
        .toFormat(format)
        .toBuffer();
      const path = await stage.put(`half.${format}`, whole.subarray(0, whole.length / 2));
      const described = await stage.describe(path, { stripMetadata: true, name: `half-${format}` });
      expect(described.derivatives.map(({ kind }) => kind)).not.toContain('stripped');
      expect(described.problems.map(({ work }) => work)).toContain('strip');
    },
  );
});

describe('a sticker to give away', () => {
  it('is drawn the same, without the names of its parts', async () => {
    const animation = {
      ...{ tgs: 1, v: '5.5.2', fr: 60, ip: 0, op: 60, w: 512, h: 512, nm: PLANTED, meta: { a: PLANTED }, assets: [] },
      layers: [
        {
          ...{
            ty: 4,
            nm: PLANTED,
            ip: 0,
            op: 60,
            st: 0,
            ks: { o: { a: 0, k: 100 }, p: { a: 0, k: [256, 256] }, s: { a: 0, k: [100, 100] } },
          },
          shapes: [
            { ty: 'rc', nm: PLANTED, p: { a: 0, k: [0, 0] }, s: { a: 0, k: [256, 256] }, r: { a: 0, k: 0 } },
            { ty: 'fl', c: { a: 0, k: [1, 0, 0, 1] }, o: { a: 0, k: 100 } },
          ],
        },
      ],
    };
    const path = await stage.put('sticker.tgs', gzipSync(JSON.stringify(animation)));
    const copy = await stripped(path);
    const { gunzipSync } = await import('node:zlib');
    expect(gunzipSync(await readFile(copy)).toString()).not.toContain(PLANTED);
    const [was, is] = [await stage.describe(path, { name: 'was' }), await stage.describe(copy, { name: 'is' })];
    expect(await pixelsOf(madeOf(is, 'thumbnail'))).toEqual(await pixelsOf(madeOf(was, 'thumbnail')));
  });
});
