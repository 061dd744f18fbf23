import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Derivative } from './derivative.js';
import { runFfmpeg } from './ffmpeg.js';
import type { FrameOptions } from './film.js';
import { decoder, writeWebp } from './image.js';
import type { MediaFacts } from './media-facts.js';
import { UNTRUSTED_INPUT } from './untrusted-input.js';

/** Frames of a strip, and how wide each is. */
const FRAME_COUNT = 10;
const FRAME_PIXELS = 160;

/**
 * Ten frames of a film, evenly over its time, beside each other; of a film of less than ten key frames, fewer.
 *
 * @returns undefined for a film whose length is not known.
 * @throws {ChatferryError} `CONTENT_MISMATCH` when no frame can be had; `TIMEOUT`.
 */
export async function makeStoryboard(
  { binaries, path, workFolder, signal, onStart }: FrameOptions,
  { durationSeconds }: MediaFacts,
  output: string,
): Promise<Derivative | undefined> {
  if (durationSeconds === undefined || durationSeconds <= 0) return undefined;
  const strip = join(workFolder, 'storyboard.png');
  try {
    await runFfmpeg(binaries, {
      inputs: [{ path, arguments: [...UNTRUSTED_INPUT, '-skip_frame', 'nokey'] }],
      arguments: [
        ...['-an', '-sn', '-dn', '-threads', '1', '-frames:v', '1'],
        '-vf',
        `fps=${FRAME_COUNT}/${durationSeconds},scale=${FRAME_PIXELS}:-2,tile=${FRAME_COUNT}x1`,
        ...['-f', 'image2', '-update', '1', '-c:v', 'png'],
      ],
      output: strip,
      signal,
      ...(onStart === undefined ? {} : { onStart }),
    });
    return await writeWebp(decoder(strip), output, 'storyboard');
  } finally {
    await rm(strip, { force: true });
  }
}
