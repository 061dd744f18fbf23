import { join } from 'node:path';

import { removeOwnFile } from '../../disk/own-file.js';
import type { Derivative } from '../../chat/description/derivative.js';
import { runFfmpeg } from '../ffmpeg/ffmpeg.js';
import type { FrameOptions } from './film.js';
import { decoder, writeWebp } from '../image/image.js';
import { UNTRUSTED_INPUT } from '../ffmpeg/untrusted-input.js';

/** Covers are not displayed larger than this. */
const COVER_PIXELS = 640;

/** Extracts the cover picture of a song. @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be read; `TIMEOUT`. */
export async function makeCover(options: FrameOptions, output: string): Promise<Derivative> {
  const { binaries, path, workFolder, signal, onStart } = options;
  const picture = join(workFolder, 'cover.png');
  try {
    await runFfmpeg(binaries, {
      inputs: [{ path, arguments: UNTRUSTED_INPUT }],
      arguments: ['-an', '-map', '0:v:0', '-frames:v', '1', '-f', 'image2', '-update', '1', '-c:v', 'png'],
      output: picture,
      signal,
      ...(onStart === undefined ? {} : { onStart }),
    });
    const image = decoder(picture).resize({
      width: COVER_PIXELS,
      height: COVER_PIXELS,
      fit: 'inside',
      withoutEnlargement: true,
    });
    return await writeWebp(image, output, 'cover');
  } finally {
    await removeOwnFile(picture);
  }
}
