import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeMedia } from '../../../src/media/describe-media.js';
import { colourAt, distance, FILM_SOURCE, madeOf, SOUND_SOURCE, Stage } from '../stage.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a recording', () => {
  it.each([
    ['voice.ogg', ['-c:a', 'libopus'], 'opus'],
    ['song.mp3', [], 'mp3'],
    ['song.m4a', ['-c:a', 'aac'], 'aac'],
    ['song.flac', [], 'flac'],
    ['song.wav', [], 'pcm_s16le'],
  ] as const)('has a waveform and what its tags say: %s', async (name, codec, audioCodec) => {
    const tags = ['-metadata', 'title=The Song', '-metadata', 'artist=A "Singer"', '-metadata', 'album=Записи'];
    const described = await stage.describe(await stage.make(name, ...SOUND_SOURCE, ...codec, ...tags));
    expect(described.problems).toEqual([]);
    expect(described.facts).toMatchObject({ audioCodec, title: 'The Song', performer: 'A "Singer"', album: 'Записи' });
    expect(described.facts.durationSeconds).toBeCloseTo(2, 0);
    const waveform = described.waveform ?? [];
    expect(waveform).toHaveLength(100);
    expect(waveform.every((bar) => Number.isInteger(bar) && bar >= 0 && bar <= 31)).toBe(true);
    // It grows louder from nothing to all, in a straight line.
    for (const [index, bar] of waveform.entries()) expect(Math.abs(bar - (index / 99) * 31)).toBeLessThan(6);
    expect(await stage.strays()).toEqual([]);
  });

  it('is flat where there is silence', async () => {
    const silence = await stage.make('silence.flac', '-f', 'lavfi', '-i', 'anullsrc', '-t', '1');
    expect(new Set((await stage.describe(silence)).waveform)).toEqual(new Set([0]));
  });

  it('gets no waveform where the source brought one', async () => {
    const path = await stage.make('brought.ogg', ...SOUND_SOURCE, '-c:a', 'libopus');
    expect((await stage.describe(path, { hasWaveform: true })).waveform).toBeUndefined();
  });

  it('gives its cover', async () => {
    const picture = sharp({ create: { width: 900, height: 900, channels: 3, background: 'red' } });
    const cover = await stage.put('cover.jpg', await picture.jpeg().toBuffer());
    const path = await stage.make(
      'covered.mp3',
      ...[...SOUND_SOURCE, '-i', cover, '-map', '0', '-map', '1', '-c:v', 'copy', '-disposition:v', 'attached_pic'],
    );
    const described = await stage.describe(path);
    expect(described.problems).toEqual([]);
    const made = madeOf(described, 'cover');
    expect(await sharp(made).metadata()).toMatchObject({ width: 640, height: 640 });
    expect(distance(await colourAt(made, 0.5, 0.5), [254, 0, 0, 255])).toBeLessThan(20);
    expect(described.waveform).toHaveLength(100);
  });

  it('keeps its waveform when its cover cannot be read', async () => {
    const cover = await stage.put(
      'bad.png',
      await sharp({ create: { width: 30, height: 30, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    const path = await stage.make(
      'bad-cover.mp3',
      ...[...SOUND_SOURCE, '-i', cover, '-map', '0', '-map', '1', '-c:v', 'copy', '-disposition:v', 'attached_pic'],
    );
    const bytes = await readFile(path);
    bytes.fill(0x55, bytes.indexOf('IHDR') + 4, bytes.indexOf('IEND'));
    const described = await stage.describe(await stage.put('bad-cover.mp3', bytes));
    expect(described.problems.map(({ work }) => work)).toEqual(['cover']);
    expect(described.waveform).toHaveLength(100);
  });

  it('is only named where there is no ffmpeg', async () => {
    const path = await stage.make('alone.mp4', ...FILM_SOURCE, '-pix_fmt', 'yuv420p');
    const described = await describeMedia(stage.job(path, { stripMetadata: true, transcode: 'small' }), {
      ffmpeg: undefined,
      workFolder: stage.root,
      signal: new AbortController().signal,
    });
    expect(described).toMatchObject({ content: { mimeType: 'video/mp4' }, facts: {}, derivatives: [] });
    expect(described.sha256).toMatch(/^[0-9a-f]{64}$/);
    const reason = expect.stringContaining('FFMPEG_PATH') as string;
    expect(described.problems).toEqual([
      { work: 'facts', reason },
      { work: 'strip', reason },
    ]);
  });
});

/** A red square that is there from the fourth frame on. */
function animation(changes: object = {}): object {
  const still = (k: unknown): object => ({ a: 0, k });
  const square = {
    ty: 'gr',
    it: [
      { ty: 'rc', p: still([0, 0]), s: still([256, 256]), r: still(0) },
      { ty: 'fl', c: still([1, 0, 0, 1]), o: still(100) },
      { ty: 'tr', p: still([0, 0]), a: still([0, 0]), s: still([100, 100]), r: still(0), o: still(100) },
    ],
  };
  const transform = {
    o: still(100),
    r: still(0),
    p: still([256, 256, 0]),
    a: still([0, 0, 0]),
    s: still([100, 100, 100]),
  };
  const layer = { ddd: 0, ind: 1, ty: 4, sr: 1, ks: transform, ao: 0, shapes: [square], ip: 4, op: 60, st: 0, bm: 0 };
  return { tgs: 1, v: '5.5.2', fr: 60, ip: 0, op: 60, w: 512, h: 512, ddd: 0, assets: [], layers: [layer], ...changes };
}

const tgs = (content: object | string): Buffer =>
  gzipSync(typeof content === 'string' ? content : JSON.stringify(content));

describe('an animated sticker', () => {
  it('is drawn from a moment at which there is something to see', async () => {
    const described = await stage.describe(await stage.put('sticker.tgs', tgs(animation())));
    expect(described.problems).toEqual([]);
    expect(described.content.kind).toBe('animated-sticker');
    expect(described.facts).toMatchObject({ width: 512, height: 512, durationSeconds: 1, isAnimated: true });
    const thumbnail = madeOf(described, 'thumbnail');
    expect(await sharp(thumbnail).metadata()).toMatchObject({ width: 320, height: 320, hasAlpha: true });
    expect(distance(await colourAt(thumbnail, 0.5, 0.5), [255, 0, 0, 255])).toBeLessThan(20);
    expect((await colourAt(thumbnail, 0.05, 0.05))[3]).toBe(0);
    expect(described.placeholder).toBeDefined();
  });

  it.each([
    ['no animation', '{"v":"5","fr":60'],
    ['no layers', animation({ layers: undefined })],
    ['a size that nobody draws', animation({ w: 100_000, h: 100_000 })],
    ['no frames a second', animation({ fr: 0 })],
    ['what unpacks to gigabytes', `{"v":"5","x":"${'a'.repeat(20_000_000)}"}`],
  ])('is listed when it is %s', async (name, content) => {
    const path = await stage.put(`${name}.tgs`, tgs(content));
    const described = await stage.describe(path);
    expect(described.derivatives).toEqual([]);
    if (described.content.kind === 'animated-sticker') expect(described.problems).toMatchObject([{ work: 'facts' }]);
  });
});
