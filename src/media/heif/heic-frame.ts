import { join } from 'node:path';

import { removeOwnFile, writeOwnFile } from '../../disk/own-file.js';
import { readWhole } from '../../disk/read-file.js';
import { runFfmpeg } from '../ffmpeg/ffmpeg.js';
import type { FrameOptions } from '../film/film.js';
import type { HeicPicture } from './heic-picture.js';
import { withProfile } from '../image/png-profile.js';

/** The coded size may exceed the displayed size by up to one block of HEVC's largest size. */
const BLOCK_PIXELS = 64;

const TURNS: Readonly<Record<HeicPicture['rotation'], readonly string[]>> = {
  0: [],
  90: ['transpose=clock'],
  180: ['hflip', 'vflip'],
  270: ['transpose=cclock'],
};

/**
 * Decodes a HEIC photo with ffmpeg's HEVC decoder, which every version has, and joins its tiles.
 *
 * @param mostSide - The longer side in pixels that is needed, before rotation. @defaultValue full size
 * @returns A PNG in the work folder: upright, with the color profile of the picture.
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be decoded completely; `TIMEOUT`.
 */
export async function takeHeicFrame(
  { binaries, workFolder, signal, onStart }: Omit<FrameOptions, 'path'>,
  picture: HeicPicture,
  mostSide?: number,
): Promise<string> {
  const { columns, rows, tileWidth, tileHeight, width, height, rotation, mirrored, stream, profile } = picture;
  const tiles = join(workFolder, 'tiles.hevc');
  const output = join(workFolder, 'frame.png');
  await writeOwnFile(tiles, stream);
  const filters = [
    ...(columns * rows > 1 ? [`tile=${columns}x${rows}`] : []),
    `crop=${width}:${height}:0:0:exact=1`,
    ...(mostSide === undefined ? [] : [`scale=${within(width, height, mostSide)}:flags=area`]),
    ...TURNS[rotation],
    ...(mirrored === undefined ? [] : [mirrored === 'left and right' ? 'hflip' : 'vflip']),
  ];
  try {
    await runFfmpeg(binaries, {
      inputs: [
        {
          path: tiles,
          arguments: [
            // A missing tile must be an error, not a hole in the picture.
            '-xerror',
            ...['-f', 'hevc', '-threads', '1'],
            // The stream could declare a larger size than the file, for each tile.
            ...['-max_pixels', String((tileWidth + BLOCK_PIXELS) * (tileHeight + BLOCK_PIXELS))],
          ],
        },
      ],
      arguments: [
        ...['-vf', filters.join(',')],
        ...['-frames:v', '1', '-threads', '1'],
        ...(mostSide === undefined ? [] : ['-pix_fmt', 'rgb24']),
        ...['-f', 'image2', '-update', '1', '-c:v', 'png', '-compression_level', '1'],
      ],
      output,
      signal,
      ...(onStart === undefined ? {} : { onStart }),
    });
  } finally {
    await removeOwnFile(tiles);
  }
  if (profile !== undefined) await writeOwnFile(output, withProfile(await readWhole(output), profile));
  return output;
}

/** Arguments of ffmpeg's filter `scale`. */
function within(width: number, height: number, mostSide: number): string {
  const ratio = Math.min(1, mostSide / Math.max(width, height));
  return [width, height].map((side) => Math.max(1, Math.round(side * ratio))).join(':');
}
