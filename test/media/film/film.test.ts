import { readdir, readFile, stat } from 'node:fs/promises';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { probeMedia } from '../../../src/media/ffmpeg/ffprobe.js';
import { colourAt, distance, FILM_SOURCE, madeOf, SOUND_SOURCE, Stage } from '../stage.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
const RED = [255, 0, 0, 255];
const BLUE = [0, 0, 255, 255];
const TOLERANCE = 30;

/** Red above, blue below. */
const FLAG = ['-f', 'lavfi', '-i', 'color=red:s=160x120:d=1:r=5', '-vf', 'drawbox=y=60:h=60:w=160:t=fill:color=blue'];

describe('a film', () => {
  it('is told by ffprobe, and has a poster as large and a thumbnail as small as they should be', async () => {
    const path = await stage.make('film.mp4', ...FILM_SOURCE, ...SOUND_SOURCE, '-s', '640x360', ...H264, '-c:a', 'aac');
    const described = await stage.describe(path);
    expect(described.problems).toEqual([]);
    expect(described.facts).toMatchObject({ width: 640, height: 360, videoCodec: 'h264', audioCodec: 'aac' });
    expect(described.facts.durationSeconds).toBeCloseTo(2, 0);
    expect(await sharp(madeOf(described, 'poster')).metadata()).toMatchObject({ width: 640, height: 360 });
    expect(await sharp(madeOf(described, 'thumbnail')).metadata()).toMatchObject({ width: 320, height: 180 });
    expect(described.placeholder).toBeDefined();
    expect(await stage.strays()).toEqual([]);
  });

  it('has the colours of its first picture in its thumbnail', async () => {
    const described = await stage.describe(await stage.make('flag.mp4', ...FLAG, ...H264));
    const thumbnail = madeOf(described, 'thumbnail');
    expect(distance(await colourAt(thumbnail, 0.5, 0.2), RED)).toBeLessThan(TOLERANCE);
    expect(distance(await colourAt(thumbnail, 0.5, 0.8), BLUE)).toBeLessThan(TOLERANCE);
  });

  it('is upright where the camera was turned', async () => {
    const flat = await stage.make('flat.mp4', ...FLAG, ...H264);
    // A film of today has a matrix; the tag makes ffmpeg write one.
    const path = await stage.make('turned.mov', '-i', flat, '-c', 'copy', '-metadata:s:v', 'rotate=90');
    const described = await stage.describe(path);
    expect(described.facts).toMatchObject({ width: 120, height: 160 });
    expect([90, 270]).toContain(described.facts.rotation);
    const thumbnail = madeOf(described, 'thumbnail');
    expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 120, height: 160 });
    const isClockwise = described.facts.rotation === 90;
    expect(distance(await colourAt(thumbnail, isClockwise ? 0.8 : 0.2, 0.5), RED)).toBeLessThan(TOLERANCE);
  });

  it('has a poster though no picture in it stands by itself', async () => {
    const whole = await stage.make('whole.ts', ...FILM_SOURCE, ...H264, '-g', '100', '-f', 'mpegts');
    const bytes = await readFile(whole);
    const described = await stage.describe(
      await stage.put('tail.ts', bytes.subarray(188 * Math.floor(bytes.length / 376))),
    );
    expect(described.content.kind).toBe('video');
    // What can be had of it depends on the decoder; that nothing is made up does not.
    expect(described.derivatives.length === 2 || described.problems.length > 0).toBe(true);
  });

  it('keeps what is transparent in its poster', async () => {
    const clear = [
      ...['-f', 'lavfi', '-i', 'color=red@0.0:s=64x64:d=1:r=5,format=yuva420p'],
      ...['-vf', 'drawbox=w=16:h=16:t=fill:color=blue:replace=1'],
    ];
    const path = await stage.make(
      'sticker.webm',
      ...clear,
      '-c:v',
      'libvpx-vp9',
      '-pix_fmt',
      'yuva420p',
      '-auto-alt-ref',
      '0',
    );
    const described = await stage.describe(path);
    expect(described.problems).toEqual([]);
    expect(described.facts).toMatchObject({ width: 64, height: 64, videoCodec: 'vp9', hasAlpha: true });
    expect((await colourAt(madeOf(described, 'poster'), 0.5, 0.5))[3]).toBeLessThan(10);
    expect((await colourAt(madeOf(described, 'thumbnail'), 0.5, 0.5))[3]).toBeLessThan(10);
    expect((await colourAt(madeOf(described, 'thumbnail'), 0.1, 0.1))[3]).toBeGreaterThan(245);
  });

  it('has a strip of ten frames when it is asked for', async () => {
    const path = await stage.make('long.mp4', ...FILM_SOURCE, ...H264, '-g', '2');
    const described = await stage.describe(path, { storyboard: true });
    expect(await sharp(madeOf(described, 'storyboard')).metadata()).toMatchObject({ width: 1600, height: 90 });
    expect((await stage.describe(path)).derivatives.map(({ kind }) => kind)).not.toContain('storyboard');
  });

  it('has a strip of ten frames also where only the first stands by itself', async () => {
    const path = await stage.make('one-key-frame.mp4', ...FILM_SOURCE, ...H264, '-g', '250');
    const described = await stage.describe(path, { storyboard: true });
    expect(described.problems).toEqual([]);
    const strip = sharp(madeOf(described, 'storyboard'));
    const frames = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        strip
          .clone()
          .extract({ left: index * 160, top: 0, width: 160, height: 90 })
          .raw()
          .toBuffer(),
      ),
    );
    for (const frame of frames) expect(Math.max(...frame)).toBeGreaterThan(200); // None is black.
    // The test picture counts seconds, and a colour runs through it.
    expect(new Set(frames.map((frame) => frame.toString('base64'))).size).toBe(10);
  });

  it('that claims larger frames than anybody films is not decoded', async () => {
    const huge = ['-f', 'lavfi', '-i', 'color=black:s=8192x8192:d=0.1:r=10', '-c:v', 'mjpeg', '-q:v', '31'];
    const described = await stage.describe(await stage.make('huge.avi', ...huge));
    expect(described.derivatives).toEqual([]);
    expect(described.problems.map(({ work }) => work)).toContain('poster');
  });

  it('that breaks off leaves nothing half made', async () => {
    const path = await stage.make('whole.mp4', ...FILM_SOURCE, ...SOUND_SOURCE, ...H264, '-movflags', '+faststart');
    const bytes = await readFile(path);
    for (const part of [0.02, 0.1, 0.3, 0.6, 0.95]) {
      const name = `part-${part * 100}`;
      const half = await stage.put(`${name}.mp4`, bytes.subarray(0, bytes.length * part));
      const described = await stage.describe(half, {
        name,
        storyboard: true,
        transcode: 'balanced',
        stripMetadata: true,
      });
      const there = (await readdir(stage.out)).filter((file) => file.startsWith(`${name}.`));
      expect(there).toHaveLength(described.derivatives.length);
      for (const { path: made, sizeBytes } of described.derivatives) expect((await stat(made)).size).toBe(sizeBytes);
    }
    expect(await stage.strays()).toEqual([]);
  });

  it('without a picture is a recording', async () => {
    const path = await stage.make('sound.mp4', ...SOUND_SOURCE, '-c:a', 'aac');
    const described = await stage.describe(path);
    expect(described.problems).toEqual([]);
    expect(described.facts).toMatchObject({ audioCodec: 'aac' });
    expect(described.waveform).toHaveLength(100);
  });
});

describe('a picture that only ffmpeg reads', () => {
  it.each([
    ['flag.bmp', 'image/bmp'],
    ['flag.jp2', 'image/jp2'],
  ])('is understood and shown all the same: %s', async (name, mimeType) => {
    const described = await stage.describe(await stage.make(name, ...FLAG, '-frames:v', '1'), {
      transcode: 'balanced',
    });
    expect(described.content).toMatchObject({ kind: 'image', mimeType });
    expect(described.problems).toEqual([]);
    expect(described.facts).toMatchObject({ width: 160, height: 120 });
    const thumbnail = madeOf(described, 'thumbnail');
    expect(distance(await colourAt(thumbnail, 0.5, 0.2), RED)).toBeLessThan(TOLERANCE);
    expect(distance(await colourAt(thumbnail, 0.5, 0.8), BLUE)).toBeLessThan(TOLERANCE);
    expect(await stage.strays()).toEqual([]);
  });
});

describe('a copy to give away', () => {
  it('of a film has its streams, and nothing of its maker', async () => {
    const tags = [
      'title=SECRET-1',
      'comment=SECRET-2',
      'location=+52.5200+013.4050/',
      'com.apple.quicktime.model=SECRET-3',
    ];
    const path = await stage.make(
      'told.mov',
      ...[...FILM_SOURCE, ...SOUND_SOURCE, ...H264, '-c:a', 'aac', '-movflags', 'use_metadata_tags'],
      ...tags.flatMap((tag) => ['-metadata', tag]),
      ...['-metadata:s:v', 'handler_name=SECRET-4', '-metadata', 'creation_time=2024-05-06T07:08:09Z'],
    );
    const master = await readFile(path);
    expect(master.includes('SECRET-1')).toBe(true);
    const described = await stage.describe(path, { stripMetadata: true });
    const stripped = madeOf(described, 'stripped');
    const bytes = await readFile(stripped);
    expect(bytes.includes('SECRET')).toBe(false);
    expect(bytes.includes('+52.52')).toBe(false);
    const probe = await probeMedia(stage.ffmpeg, stripped);
    expect(probe.streams.map(({ codec_name: codec }) => codec)).toEqual(['h264', 'aac']);
    expect(JSON.stringify(probe)).not.toMatch(/2024-05-06|Lavf/);
    expect(await readFile(path)).toEqual(master);
  });

  it('of a photo has its pixels and is turned as it was, and tells nothing', async () => {
    const photo = sharp({ create: { width: 90, height: 60, channels: 3, background: 'red' } })
      .withExif({ IFD0: { Make: 'SECRET' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">SECRET</x:xmpmeta>');
    const path = await stage.put('told.jpg', await photo.jpeg().toBuffer());
    const master = await readFile(path);
    const stripped = madeOf(await stage.describe(path, { stripMetadata: true }), 'stripped');
    const metadata = await sharp(stripped).metadata();
    expect(metadata).toMatchObject({ format: 'jpeg', width: 90, height: 60, orientation: 6 });
    expect([metadata.xmp, metadata.iptc]).toEqual([undefined, undefined]);
    expect(metadata.exif?.length).toBeLessThan(40);
    expect((await readFile(stripped)).includes('SECRET')).toBe(false);
    expect(distance(await colourAt(stripped, 0.5, 0.5), RED)).toBeLessThan(TOLERANCE);
    expect(await readFile(path)).toEqual(master);
  });

  it('of a moving picture still moves', async () => {
    const frame = (background: string): Promise<Buffer> =>
      sharp({ create: { width: 40, height: 30, channels: 3, background } })
        .png()
        .toBuffer();
    const moving = sharp([await frame('red'), await frame('blue')], { join: { animated: true } });
    const path = await stage.put('moving.webp', await moving.webp({ delay: [100, 200] }).toBuffer());
    const stripped = madeOf(await stage.describe(path, { stripMetadata: true }), 'stripped');
    expect(await sharp(stripped).metadata()).toMatchObject({ pages: 2, delay: [100, 200], width: 40 });
  });

  it('of a song is without its picture', async () => {
    const cover = await stage.put(
      'cover.png',
      await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    const path = await stage.make(
      'told.mp3',
      ...[
        ...SOUND_SOURCE,
        '-i',
        cover,
        '-map',
        '0',
        '-map',
        '1',
        '-disposition:v',
        'attached_pic',
        '-metadata',
        'title=SECRET',
      ],
    );
    const stripped = madeOf(await stage.describe(path, { stripMetadata: true }), 'stripped');
    const probe = await probeMedia(stage.ffmpeg, stripped);
    expect(probe.streams.map(({ codec_type: type }) => type)).toEqual(['audio']);
    expect((await readFile(stripped)).includes('SECRET')).toBe(false);
  });
});

describe('a smaller copy', () => {
  it('is kept where it is smaller, within its ceiling, and plays', async () => {
    const large = ['-f', 'lavfi', '-i', 'testsrc2=duration=2:size=1920x1080:rate=10'];
    const path = await stage.make('large.mp4', ...large, ...H264, '-qp', '5');
    const master = await readFile(path);
    const described = await stage.describe(path, { transcode: 'balanced' });
    expect(described.problems).toEqual([]);
    const copy = madeOf(described, 'transcode');
    expect((await stat(copy)).size).toBeLessThan(master.length);
    const probe = await probeMedia(stage.ffmpeg, copy);
    expect(probe.streams).toMatchObject([{ codec_name: 'h264', width: 1280, height: 720 }]);
    expect(probe.durationSeconds).toBeCloseTo(2, 0);
    expect(await readFile(path)).toEqual(master);
  });

  it('is not kept where it is larger', async () => {
    const path = await stage.make('small.mp4', ...FILM_SOURCE, ...H264, '-crf', '51', '-vf', 'gblur=20');
    const photo = await stage.put(
      'small.webp',
      await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
        .webp({ quality: 1 })
        .toBuffer(),
    );
    for (const file of [path, photo]) {
      const described = await stage.describe(file, { name: 'larger', transcode: 'balanced' });
      expect(described.problems).toEqual([]);
      expect(described.derivatives.map(({ kind }) => kind)).not.toContain('transcode');
    }
    expect((await readdir(stage.out)).filter((name) => name.startsWith('larger.small'))).toEqual([]);
  });

  it.each([
    ['balanced', 'image/webp', 2560],
    ['small', 'image/avif', 1600],
  ] as const)('of a photo is upright and within the ceiling of %s', async (preset, mimeType, most) => {
    const pixels = { width: 3000, height: 2000, channels: 3, background: 'teal' } as const;
    const photo = await sharp({ create: pixels }).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
    const described = await stage.describe(await stage.put('photo.jpg', photo), { transcode: preset });
    const copy = described.derivatives.find(({ kind }) => kind === 'transcode');
    expect(copy).toMatchObject({ mimeType, height: most, width: Math.round((most * 2) / 3) });
  });

  it('of a recording is Opus', async () => {
    const path = await stage.make('long.wav', ...SOUND_SOURCE);
    const described = await stage.describe(path, { transcode: 'balanced' });
    const probe = await probeMedia(stage.ffmpeg, madeOf(described, 'transcode'));
    expect(probe.streams).toMatchObject([{ codec_name: 'opus' }]);
  });
});
