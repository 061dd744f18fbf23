import sharp, { type Exif, type Sharp } from 'sharp';

import type { PictureSize } from '../world/media-store.js';
import { mixSeed, SeededRandom } from '../world/seeded-random.js';
import { memoryFile } from '../world/world-file.js';
import { sceneSvg, type SceneKind } from './scene-svg.js';

/** A generated photo in the sizes that Telegram stores. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Smallest first: `m`, `x`, `y`. */
  readonly sizes: readonly PictureSize[];
  /** The largest size as a JPEG file with EXIF. */
  readonly jpeg: Uint8Array;
}

export interface PictureOptions {
  readonly seed: number;
  readonly kind: SceneKind;
  /** @defaultValue 'landscape' */
  readonly shape?: 'landscape' | 'portrait' | 'square';
  /** Halves width and height. @defaultValue false */
  readonly smaller?: boolean;
}

const SHAPES = { landscape: [1280, 853], portrait: [853, 1280], square: [1000, 1000] } as const;

/** Telegram's letters for the longest side in pixels (https://core.telegram.org/api/files#image-thumbnail-types). */
const SMALLER_SIZES = [
  ['m', 320],
  ['x', 800],
] as const;

/** Noise over every picture, so that the files have the size of real photos. Made once. */
const GRAIN_SIDE = 256;
let grain: Buffer | undefined;

/** Renders one photo. On the same machine, the same options result in the same bytes. */
export async function renderPicture({
  seed,
  kind,
  shape = 'landscape',
  smaller = false,
}: PictureOptions): Promise<Picture> {
  const scale = smaller ? 2 : 1;
  const [width, height] = SHAPES[shape].map((side) => Math.round(side / scale)) as [number, number];
  const random = new SeededRandom(seed);
  grain ??= grainTile();
  const image = await sharp(Buffer.from(sceneSvg({ kind, width, height, random })))
    .composite([
      { input: grain, raw: { width: GRAIN_SIDE, height: GRAIN_SIDE, channels: 4 }, tile: true, blend: 'soft-light' },
    ])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = (): Sharp => sharp(image.data, { raw: { width, height, channels: image.info.channels } });

  // Telegram stores some photos as progressive files. Here, those in portrait format are progressive.
  const progressive = shape === 'portrait';
  const jpeg = await pixels().jpeg({ quality: 80, progressive }).withExif(exifOf(random)).toBuffer();
  const previews = await Promise.all(
    SMALLER_SIZES.map(async ([type, longSide]): Promise<PictureSize> => {
      const made = await pixels()
        .resize({ width: longSide / scale, height: longSide / scale, fit: 'inside' })
        .jpeg({ quality: 75 })
        .toBuffer({ resolveWithObject: true });
      return { type, width: made.info.width, height: made.info.height, file: memoryFile(made.data) };
    }),
  );
  const passes = progressive && { passBytes: [0.2, 0.45, 0.7].map((ratio) => Math.round(jpeg.length * ratio)) };
  const full: PictureSize = { type: 'y', width, height, file: memoryFile(jpeg), ...passes };
  return { width, height, jpeg, sizes: [...previews, full] };
}

function grainTile(): Buffer {
  const bytes = Buffer.from(new SeededRandom(7).bytes(GRAIN_SIDE * GRAIN_SIDE * 4));
  for (let pixel = 0; pixel < bytes.length; pixel += 4) {
    const grey = 96 + ((bytes[pixel] ?? 0) >> 2);
    bytes.fill(grey, pixel, pixel + 3);
    bytes[pixel + 3] = 110;
  }
  return bytes;
}

/** A camera, a time and a place in Stockholm's archipelago. Numbers are written as fractions, as EXIF requires. */
function exifOf(random: SeededRandom): Exif {
  const day = String(random.int(1, 28)).padStart(2, '0');
  const time = `2025:0${random.int(3, 7)}:${day} ${random.int(10, 19)}:${random.int(10, 59)}:${random.int(10, 59)}`;
  return {
    IFD0: { Make: 'Halyard', Model: 'Pocket 3', DateTime: time, Artist: 'The Harbour Crew' },
    IFD2: { DateTimeOriginal: time, ExposureTime: `1/${random.int(60, 900)}`, FNumber: '28/10', FocalLength: '26/1' },
    IFD3: {
      GPSLatitudeRef: 'N',
      GPSLatitude: `59/1 ${random.int(10, 40)}/1 ${random.int(0, 5900)}/100`,
      GPSLongitudeRef: 'E',
      GPSLongitude: `18/1 ${random.int(0, 59)}/1 ${random.int(0, 5900)}/100`,
    },
  };
}

/** The seed of the n-th picture of a world. */
export function pictureSeed(worldSeed: number, index: number): number {
  return mixSeed(worldSeed, index);
}
