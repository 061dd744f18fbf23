import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { colourAt, distance, madeOf, Stage } from '../stage.js';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

async function brightness(path: string): Promise<number> {
  const { channels } = await sharp(path).greyscale().stats();
  return channels[0]?.mean ?? NaN;
}

/** Black, then white from a second on: of so many seconds in all, key frames so many frames apart. */
function dawn(second: number, seconds: number, keyFrames: number): readonly string[] {
  const source = `color=black:s=64x48:d=${seconds}:r=10,drawbox=t=fill:color=white:enable='gte(t,${second})'`;
  return ['-f', 'lavfi', '-i', source, ...H264, '-g', String(keyFrames), '-sc_threshold', '0'];
}

describe('the poster of a film that begins dark', () => {
  it('is the first frame that shows something, though only the first of all stands by itself', async () => {
    const fade = ['-f', 'lavfi', '-i', 'testsrc2=s=160x120:d=6:r=25', '-vf', 'fade=in:0:60', ...H264, '-g', '250'];
    const described = await stage.describe(await stage.make('fade.mp4', ...fade));
    expect(described.problems).toEqual([]);
    for (const kind of ['poster', 'thumbnail']) {
      const mean = await brightness(madeOf(described, kind));
      expect(mean).toBeGreaterThan(20);
      expect(mean).toBeLessThan(60); // Not one from later on.
    }
    expect(await stage.strays()).toEqual([]);
  });

  it('is a key frame where the film is long', async () => {
    const described = await stage.describe(await stage.make('long.mp4', ...dawn(5, 90, 20)));
    expect(await brightness(madeOf(described, 'poster'))).toBeGreaterThan(200);
  });

  it('is of its middle where all of the first tenth is dark', async () => {
    const described = await stage.describe(await stage.make('late.mp4', ...dawn(4, 10, 10)));
    expect(await brightness(madeOf(described, 'poster'))).toBeGreaterThan(200);
    expect(await stage.strays()).toEqual([]);
  });

  it('is dark where the film is, to its end', async () => {
    const described = await stage.describe(await stage.make('night.mp4', ...dawn(99, 3, 10)));
    expect(described.problems).toEqual([]);
    expect(await brightness(madeOf(described, 'poster'))).toBeLessThan(5);
    expect(await stage.strays()).toEqual([]);
  });

  it('is a problem where nothing of any frame would be visible', async () => {
    const clear = ['-f', 'lavfi', '-i', 'color=red@0.0:s=64x64:d=1:r=5,format=yuva420p'];
    const vp9 = ['-c:v', 'libvpx-vp9', '-pix_fmt', 'yuva420p', '-auto-alt-ref', '0'];
    const described = await stage.describe(await stage.make('nothing.webm', ...clear, ...vp9));
    expect(described.derivatives).toEqual([]);
    expect(described.problems).toMatchObject([
      { work: 'poster', reason: expect.stringContaining('transparent') as string },
    ]);
    expect(await stage.strays()).toEqual([]);
  });
});

describe('a film whose pixels are not square', () => {
  /** Red on its left half. */
  const HALVES = ['-f', 'lavfi', '-i', 'color=blue:s=72x58:d=1:r=5', '-vf'];
  const LEFT = 'drawbox=w=36:t=fill:color=red';

  it.each([
    ['16/15', 77, 58],
    ['64/45', 102, 58],
    ['8/9', 64, 58],
  ])('is told, and has pictures, of the size at which it is shown: %s', async (aspect, width, height) => {
    const name = `anamorphic-${width}.mp4`;
    const path = await stage.make(name, ...HALVES, `${LEFT},setsar=${aspect}`, ...H264);
    const described = await stage.describe(path, { storyboard: true });
    expect(described.problems).toEqual([]);
    expect(described.facts).toMatchObject({ width, height });
    const poster = madeOf(described, 'poster');
    expect(await sharp(poster).metadata()).toMatchObject({ width, height });
    expect(await sharp(madeOf(described, 'thumbnail')).metadata()).toMatchObject({ width, height });
    expect(distance(await colourAt(poster, 0.4, 0.5), [255, 0, 0, 255])).toBeLessThan(30);
    expect(distance(await colourAt(poster, 0.6, 0.5), [0, 0, 255, 255])).toBeLessThan(30);
    const strip = await sharp(madeOf(described, 'storyboard')).metadata();
    expect(strip.width).toBe(1600);
    expect(Math.abs(strip.height - (160 * height) / width)).toBeLessThanOrEqual(1);
  });

  it('is told by its turned sides', async () => {
    const flat = await stage.make('flat.mp4', ...HALVES, `${LEFT},setsar=16/15`, ...H264);
    const path = await stage.make('turned.mov', '-i', flat, '-c', 'copy', '-metadata:s:v', 'rotate=90');
    const described = await stage.describe(path);
    if (described.facts.rotation === undefined) return; // Newer versions take no such tag; film.test.ts says so.
    expect(described.facts).toMatchObject({ width: 58, height: 77 });
    expect(await sharp(madeOf(described, 'poster')).metadata()).toMatchObject({ width: 58, height: 77 });
  });
});
