import { appendFile, copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import sharp from 'sharp';

import type { FfmpegBinaries } from '../../media/ffmpeg/ffmpeg-binaries.js';
import { runFfmpeg } from '../../media/ffmpeg/ffmpeg.js';

export interface MediaSamplesOptions {
  /** Created if necessary. */
  readonly directory: string;
  readonly photoCount: number;
  readonly clipCount: number;
  /** Undefined if there is none. Then no clips are made. */
  readonly ffmpeg: FfmpegBinaries | undefined;
  readonly signal: AbortSignal;
}

/** Files to measure with. Absolute paths if the directory is. */
export interface MediaSamples {
  readonly photos: readonly string[];
  readonly clips: readonly string[];
}

/** The range of photos of phones of the last ten years, in megapixels. */
const MIN_MEGAPIXELS = 3;
const MAX_MEGAPIXELS = 12;
/** One in three is upright by its EXIF orientation only. */
const STANDING = 3;
const STANDING_ORIENTATION = 6;
/**
 * Photos that are generated. The others are copies with extra bytes after the end, which decoders ignore: different
 * files with the same work.
 */
const DIFFERENT_PHOTOS = 100;
/** With this grain and quality 88, a picture of 12 megapixels has about 4 MB, as a photo of a phone. */
const GRAIN = 30;
const JPEG_QUALITY = 88;
/** Odd, so that the grain does not repeat from row to row. */
const GRAIN_BYTES = 262_139;
const AT_ONCE = 2;

const CLIP_FRAMES = 120;
const CLIP_FRAME_MEGAPIXELS = 3;
/** Clips that are encoded. The others are the same stream with another title, so that their bytes differ. */
const DIFFERENT_CLIPS = 4;

/** Makes photos of 3 to 12 megapixels and silent clips of 720p. The same counts give the same pictures. */
export async function makeMediaSamples(options: MediaSamplesOptions): Promise<MediaSamples> {
  const { directory, photoCount, clipCount, ffmpeg } = options;
  await mkdir(directory, { recursive: true });
  const photos = Array.from({ length: photoCount }, (_, index) => join(directory, `photo-${index}.jpg`));
  const clips = Array.from({ length: ffmpeg === undefined ? 0 : clipCount }, (_, index) =>
    join(directory, `clip-${index}.mp4`),
  );
  const grain = makeGrain();
  for (let from = 0; from < photos.length; from += AT_ONCE) {
    options.signal.throwIfAborted();
    const some = photos.slice(from, from + AT_ONCE);
    await Promise.all(
      some.map(async (path, offset) => {
        const index = from + offset;
        const original = photos[index % DIFFERENT_PHOTOS] ?? path;
        if (original === path) await takePhoto(path, { index, grain, megapixels: megapixelsOf(index) });
        else await copyPhoto(path, { original, index });
      }),
    );
  }
  for (const [index, path] of clips.entries()) {
    if (ffmpeg === undefined) break;
    const original = clips[index % DIFFERENT_CLIPS] ?? path;
    const run = { binaries: ffmpeg, path, index, signal: options.signal };
    await (original === path ? encodeClip(run) : copyClip(run, original));
  }
  return { photos, clips };
}

function megapixelsOf(index: number): number {
  return MIN_MEGAPIXELS + (((index * 7) % 10) / 9) * (MAX_MEGAPIXELS - MIN_MEGAPIXELS);
}

async function copyPhoto(
  path: string,
  { original, index }: { readonly original: string; readonly index: number },
): Promise<void> {
  await copyFile(original, path);
  await appendFile(path, `copy ${index}`);
}

interface Photo {
  readonly index: number;
  readonly grain: Int8Array;
  readonly megapixels: number;
}

/** A sky and ground with waves and grain. The file is neither as small as a drawing nor as large as noise. */
async function takePhoto(path: string, { index, grain, megapixels }: Photo): Promise<void> {
  const height = Math.round(Math.sqrt((megapixels * 1e6 * 3) / 4));
  const width = Math.round((height * 4) / 3);
  const across = Array.from({ length: width }, (_, x) => 40 * Math.sin((x / width) * (9 + (index % 5))));
  const pixels = Buffer.allocUnsafe(width * height * 3);
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    const down = 150 - (100 * y) / height + 20 * Math.sin((y / height) * (17 + (index % 7)));
    let grainIndex = (y * 7919 + index * 104_729) % GRAIN_BYTES;
    for (let x = 0; x < width; x += 1) {
      const light = down + (across[x] ?? 0);
      for (let channel = 0; channel < 3; channel += 1) {
        const value = light + channel * 15 + (grain[grainIndex] ?? 0);
        pixels[at++] = value < 0 ? 0 : value > 255 ? 255 : value;
        grainIndex = grainIndex + 1 === GRAIN_BYTES ? 0 : grainIndex + 1;
      }
    }
  }
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: JPEG_QUALITY })
    .withMetadata(index % STANDING === 0 ? { orientation: STANDING_ORIENTATION } : {})
    .toFile(path);
}

/** Sums of three uniform numbers, similar to the noise of a sensor. The generator is mulberry32's mixing step. */
function makeGrain(): Int8Array {
  let state = 1;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return Int8Array.from({ length: GRAIN_BYTES }, () => (next() + next() + next() - 1.5) * GRAIN);
}

interface ClipRun {
  readonly binaries: FfmpegBinaries;
  readonly path: string;
  readonly index: number;
  readonly signal: AbortSignal;
}

/** A crop that moves over a photo. */
async function encodeClip({ binaries, path, index, signal }: ClipRun): Promise<void> {
  const frame = `${path}.jpg`;
  await takePhoto(frame, { index: 3 * index + 1, grain: makeGrain(), megapixels: CLIP_FRAME_MEGAPIXELS });
  try {
    await runFfmpeg(binaries, {
      inputs: [{ path: frame, arguments: ['-f', 'image2', '-framerate', '30'] }],
      arguments: [
        ...['-vf', `loop=loop=${CLIP_FRAMES}:size=1,setpts=N/30/TB,crop=1280:720:x='t*60':y='t*40'`],
        ...['-frames:v', String(CLIP_FRAMES), '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '30'],
        ...['-pix_fmt', 'yuv420p', '-metadata', `title=Clip ${index}`, '-f', 'mp4'],
      ],
      output: path,
      signal,
    });
  } finally {
    await rm(frame, { force: true });
  }
}

async function copyClip({ binaries, path, index, signal }: ClipRun, original: string): Promise<void> {
  await runFfmpeg(binaries, {
    inputs: [{ path: original }],
    arguments: ['-c', 'copy', '-metadata', `title=Clip ${index}`, '-f', 'mp4'],
    output: path,
    signal,
  });
}
