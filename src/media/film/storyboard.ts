import { join } from 'node:path';

import { removeOwnFile } from '../../disk/own-file.js';
import type { Derivative } from '../../chat/description/derivative.js';
import { runFfmpeg } from '../ffmpeg/ffmpeg.js';
import type { FrameOptions } from './film.js';
import { decoder, writeWebp } from '../image/image.js';
import type { MediaFacts } from '../../chat/description/media-facts.js';
import { UNTRUSTED_INPUT } from '../ffmpeg/untrusted-input.js';

/** Number of frames, and the width of each. */
const FRAME_COUNT = 10;
const FRAME_PIXELS = 160;
/** A shorter video may have only one key frame. It is decoded completely, which takes a second or two. */
const SHORT_SECONDS = 60;

/**
 * Makes a strip of ten frames of a video, evenly spaced in time. For a long video it takes key frames only, and fewer than ten
 * if there are fewer.
 *
 * @returns undefined for a video of unknown duration.
 * @throws {ChatferryError} `CONTENT_MISMATCH` when no frame can be decoded; `TIMEOUT`.
 */
export async function makeStoryboard(
  { binaries, path, workFolder, signal, onStart }: FrameOptions,
  { durationSeconds, width = FRAME_PIXELS, height = FRAME_PIXELS }: MediaFacts,
  output: string,
): Promise<Derivative | undefined> {
  if (durationSeconds === undefined || durationSeconds <= 0) return undefined;
  // The displayed height, rounded to an even number: the color planes have half the resolution.
  const frameHeight = Math.max(2, Math.round((FRAME_PIXELS * height) / width / 2) * 2);
  const strip = join(workFolder, 'storyboard.png');
  const keyFramesOnly = durationSeconds > SHORT_SECONDS ? ['-skip_frame', 'nokey'] : [];
  try {
    await runFfmpeg(binaries, {
      inputs: [{ path, arguments: [...UNTRUSTED_INPUT, '-threads', '1', ...keyFramesOnly] }],
      arguments: [
        ...['-an', '-sn', '-dn', '-threads', '1', '-frames:v', '1'],
        '-vf',
        `fps=${FRAME_COUNT}/${durationSeconds}:eof_action=pass,scale=${FRAME_PIXELS}:${frameHeight},setsar=1,tile=${FRAME_COUNT}x1`,
        ...['-f', 'image2', '-update', '1', '-c:v', 'png'],
      ],
      output: strip,
      signal,
      ...(onStart === undefined ? {} : { onStart }),
    });
    return await writeWebp(decoder(strip), output, 'storyboard');
  } finally {
    await removeOwnFile(strip);
  }
}
