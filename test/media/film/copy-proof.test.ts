import { truncate } from 'node:fs/promises';
import { readFile, stat, writeFile } from 'node:fs/promises';

import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readContentKind } from '../../../src/media/bytes/content-kind.js';
import { checkCopy, proveCopy } from '../../../src/media/film/copy/copy-proof.js';
import { readStreams } from '../../../src/media/film/copy/stream-reading.js';
import { Stage } from '../stage.js';

let stage: Stage;
const signal = new AbortController().signal;
const PICTURES = ['-f', 'lavfi', '-i', 'testsrc2=s=192x108:d=4:r=25'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=d=4'];
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '10'];
const SMALL = ['-vf', 'scale=96:-2', ...H264, '-c:a', 'aac', '-movflags', '+faststart'];

beforeAll(async () => {
  stage = await Stage.open();
  await stage.make('film.mov', ...PICTURES, ...SOUND, ...H264, '-c:a', 'aac');
  await stage.make('copy.mp4', '-i', stage.path('film.mov'), ...SMALL);
}, 60_000);
afterAll(() => stage[Symbol.asyncDispose]());

async function prove(original: string, copy: string): Promise<void> {
  const content = await readContentKind(stage.path(original));
  await proveCopy(
    { original: stage.path(original), copy: stage.path(copy), content },
    { ffmpeg: stage.ffmpeg, signal },
  );
}

const refused = (reason: RegExp): { code: string; message: unknown } => ({
  code: 'CONTENT_MISMATCH',
  message: expect.stringMatching(reason) as unknown,
});

async function cut(from: string, to: string, ratio: number): Promise<void> {
  await writeFile(stage.path(to), await readFile(stage.path(from)));
  await truncate(stage.path(to), Math.floor((await stat(stage.path(from))).size * ratio));
}

describe('reading a film to its end', () => {
  it('counts the frames of each stream and says how long they last', async () => {
    const { streams, complaint } = await readStreams(stage.ffmpeg, stage.path('film.mov'), { signal, decodes: true });
    expect(complaint).toBeUndefined();
    expect(streams.map(({ kind }) => kind)).toEqual(['video', 'audio']);
    expect(streams[0]?.count).toBe(100);
    for (const { startSeconds, endSeconds } of streams) expect(endSeconds - startSeconds).toBeCloseTo(4, 0);
  });

  it('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    const reading = readStreams(stage.ffmpeg, stage.path('film.mov'), {
      signal: controller.signal,
      decodes: true,
      onStart: () => {
        controller.abort(new Error('enough'));
      },
    });
    await expect(reading).rejects.toThrow('enough');
  });
});

describe('a copy of a film', () => {
  it('is proved when all of it is there', async () => {
    await prove('film.mov', 'copy.mp4');
  });

  it('is proved in whatever order the streams of the original stand', async () => {
    await stage.make('sound-first.mkv', ...SOUND, ...PICTURES, '-map', '0', '-map', '1', ...H264, '-c:a', 'aac');
    await stage.make('of-sound-first.mp4', '-i', stage.path('sound-first.mkv'), '-map', '0:v', '-map', '0:a', ...SMALL);
    await prove('sound-first.mkv', 'of-sound-first.mp4');
  });

  it.each([
    ['its sound', ['-an'], /1 sound tracks, the copy 0/],
    ['its pictures', ['-vn'], /1 picture tracks, the copy 0/],
    ['its last second', ['-t', '3'], /lasts 4\.0 s, in the copy 3\.0 s/],
    ['every second frame', ['-r', '12.5'], /has 100 frames, the copy 5\d/],
    ['the end of its sound', ['-af', 'atrim=end=2'], /track of audio lasts 4\.0 s, in the copy 2\.\d s/],
  ])('is refused without %s', async (what, args, reason) => {
    const name = `${what.replaceAll(/\W/g, '-')}.mp4`;
    await stage.make(name, '-i', stage.path('film.mov'), ...SMALL, ...args);
    await expect(prove('film.mov', name)).rejects.toMatchObject(refused(reason));
  });

  it.each([0.5, 0.8, 0.97])(
    'is refused when it breaks off after a part of %d, though its head says all',
    async (part) => {
      await cut('copy.mp4', 'broken.mp4', part);
      await expect(prove('film.mov', 'broken.mp4')).rejects.toMatchObject({ code: 'CONTENT_MISMATCH' });
      await expect(
        checkCopy(
          { original: stage.path('film.mov'), copy: stage.path('broken.mp4') },
          { ffmpeg: stage.ffmpeg, signal },
        ),
      ).rejects.toMatchObject({ code: 'CONTENT_MISMATCH' });
    },
  );

  it('is refused when bytes in its middle are not its own', async () => {
    const bytes = await readFile(stage.path('copy.mp4'));
    bytes.fill(0x5a, Math.floor(bytes.length * 0.6), Math.floor(bytes.length * 0.6) + 400);
    await stage.put('flipped.mp4', bytes);
    await expect(prove('film.mov', 'flipped.mp4')).rejects.toMatchObject(refused(/the copy does not decode/));
  });

  it('is refused when the original itself breaks off: nobody knows what would be lost', async () => {
    await stage.make('whole.mp4', '-i', stage.path('film.mov'), '-c', 'copy', '-movflags', '+faststart');
    await cut('whole.mp4', 'torn.mp4', 0.6);
    await stage.make('of-torn.mp4', '-i', stage.path('torn.mp4'), ...SMALL);
    await expect(prove('torn.mp4', 'of-torn.mp4')).rejects.toMatchObject({ code: 'CONTENT_MISMATCH' });
  });

  it.each([
    ['a second track of sound', ['-map', '1:a'], '2 sound tracks, the copy 1'],
    ['a second picture', ['-map', '0:v'], '2 picture tracks, the copy 1'],
  ])('is refused where the original has %s', async (what, more, reason) => {
    const name = `${what.replaceAll(/\W/g, '-')}.mkv`;
    await stage.make(name, ...PICTURES, ...SOUND, '-map', '0:v', '-map', '1:a', ...more, ...H264, '-c:a', 'aac');
    await expect(prove(name, 'copy.mp4')).rejects.toMatchObject(refused(new RegExp(reason)));
  });
});

describe('a copy of a song', () => {
  it('is proved when all of it is there, and refused where a cover would be lost', async () => {
    await stage.make('song.flac', ...SOUND, '-c:a', 'flac');
    await stage.make('song.ogg', '-i', stage.path('song.flac'), '-c:a', 'libopus');
    await prove('song.flac', 'song.ogg');
    const cover = await sharp({ create: { width: 40, height: 40, channels: 3, background: 'teal' } })
      .jpeg()
      .toBuffer();
    await stage.put('cover.jpg', cover);
    const asCover = ['-map', '0', '-map', '1', '-c', 'copy', '-disposition:v', 'attached_pic'];
    await stage.make('covered.flac', '-i', stage.path('song.flac'), '-i', stage.path('cover.jpg'), ...asCover);
    await expect(prove('covered.flac', 'song.ogg')).rejects.toMatchObject(refused(/1 cover tracks, the copy 0/));
  });
});

describe('a copy of a picture', () => {
  const gradient = (hue: string): Sharp =>
    sharp({ create: { width: 300, height: 200, channels: 4, background: hue } }).composite([
      { input: { create: { width: 150, height: 200, channels: 3, background: 'black' } }, left: 0, top: 0 },
    ]);

  it('is proved when it looks the same, and refused when it does not, or breaks off', async () => {
    await stage.put('photo.jpg', await gradient('orange').jpeg().toBuffer());
    const copy = await gradient('orange').webp().toBuffer();
    await stage.put('photo.webp', copy);
    await prove('photo.jpg', 'photo.webp');
    await stage.put('other.webp', await gradient('blue').webp().toBuffer());
    await expect(prove('photo.jpg', 'other.webp')).rejects.toMatchObject(refused(/does not look like/));
    await stage.put('half.webp', copy.subarray(0, copy.length / 2));
    await expect(prove('photo.jpg', 'half.webp')).rejects.toMatchObject(refused(/cannot be read to its end/));
  });

  it('is refused where it is not transparent and the original is', async () => {
    await stage.put('glass.png', await gradient('rgba(0, 255, 0, 0.3)').png().toBuffer());
    await stage.put(
      'opaque.webp',
      await gradient('rgba(0, 255, 0, 0.3)').flatten({ background: 'grey' }).webp().toBuffer(),
    );
    await expect(prove('glass.png', 'opaque.webp')).rejects.toMatchObject(refused(/not transparent/));
  });

  it('is refused where the original is more than one picture', async () => {
    const frames = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:d=1:r=5'];
    await stage.make('moving.png', ...frames, '-plays', '0', '-f', 'apng');
    await stage.make('moving.gif', ...frames);
    const photo = await gradient('orange').jpeg().toBuffer();
    const film = await readFile(stage.path('copy.mp4'));
    await stage.put('motion.jpg', Buffer.concat([photo, film]));
    await stage.put('still.webp', await sharp(stage.path('moving.png')).webp().toBuffer());
    await stage.put('photo-copy.webp', await gradient('orange').webp().toBuffer());
    await expect(prove('moving.png', 'still.webp')).rejects.toMatchObject(refused(/frames in time/));
    await expect(prove('moving.gif', 'still.webp')).rejects.toMatchObject(refused(/5 pages or frames/));
    await expect(prove('motion.jpg', 'photo-copy.webp')).rejects.toMatchObject(refused(/a film behind it/));
  });
});
