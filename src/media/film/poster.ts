import { join } from 'node:path';

import { renameOver } from '../../disk/durable-file.js';
import { removeOwnFile } from '../../disk/own-file.js';
import { readWhole } from '../../disk/read-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { THUMBNAIL_PIXELS } from '../picture-sizes.js';
import type { Derivative } from '../../chat/description/derivative.js';
import { takeFrame, type TakeFrameOptions } from './film.js';
import { runFfmpeg } from '../ffmpeg/ffmpeg.js';
import { decoder, writeWebp } from '../image/image.js';
import type { MediaFacts } from '../../chat/description/media-facts.js';
import { UNTRUSTED_INPUT } from '../ffmpeg/untrusted-input.js';

/** Of 255: the mean brightness of a frame that shows something. A darker one is taken for a fade-in from black. */
const LEAST_BRIGHTNESS = 24;
/** Of 255: the lowest opacity at which part of a frame counts as visible. */
const LEAST_ALPHA = 16;
/** Width and height in pixels of the frames that are compared. */
const SMALL_SIDE = 32;
const SMALL_BYTES = SMALL_SIDE * SMALL_SIDE * 4;
/** In a longer video only key frames are examined. */
const SHORT_SECONDS = 60;
const MOST_FRAMES = 600;
/** The first part of the duration, in which a poster is searched. */
const START_SHARE = 0.1;
/** Where to look if that part is dark throughout. */
const LATER_SHARES: readonly number[] = [0.25, 0.5, 0.75];

export interface PosterOptions extends TakeFrameOptions {
  /** Uses width, height and duration. */
  readonly facts: MediaFacts;
}

/**
 * Makes the poster and the thumbnail of a video from one frame. Normally this is the first one: a key frame, which needs no
 * decoding of earlier frames. If it is dark, the first bright frame in the first tenth of the video is used; if there is none,
 * one of a few later frames. A video that is dark throughout gets its first frame.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when no frame can be decoded, or none has a visible part; `TIMEOUT`.
 */
export async function makePoster(
  options: PosterOptions,
  outputs: { readonly poster: string; readonly thumbnail: string },
): Promise<readonly Derivative[]> {
  const frame = await takeBestFrame(options);
  try {
    const { width, height } = options.facts;
    // The displayed size: stored pixels may not be square.
    const size = width === undefined || height === undefined ? {} : { width, height };
    const poster = await writeWebp(decoder(frame).resize({ ...size, fit: 'fill' }), outputs.poster, 'poster');
    const small = decoder(outputs.poster).resize({
      width: THUMBNAIL_PIXELS,
      height: THUMBNAIL_PIXELS,
      fit: 'inside',
      withoutEnlargement: true,
    });
    return [poster, await writeWebp(small, outputs.thumbnail, 'thumbnail')];
  } finally {
    await removeOwnFile(frame);
  }
}

async function takeBestFrame(options: PosterOptions): Promise<string> {
  const first = await takeFrame(options);
  const pixels = await smallPixelsOf(first);
  if (showsSomething(pixels)) return first;
  // The next frame is written to the same path.
  const kept = join(options.workFolder, 'first-frame.png');
  await renameOver(first, kept);
  const later = (await firstBrightFrame(options)) ?? (await laterBrightFrame(options));
  if (later === undefined && isTransparent(pixels)) {
    await removeOwnFile(kept);
    throw new ChatferryError('CONTENT_MISMATCH', 'Its frames are transparent: nothing would be visible.');
  }
  if (later === undefined) return kept;
  await removeOwnFile(kept);
  return later;
}

async function smallPixelsOf(frame: string): Promise<Buffer> {
  const small = decoder(frame).resize({ width: SMALL_SIDE, height: SMALL_SIDE, fit: 'fill' });
  return small.toColourspace('srgb').ensureAlpha().raw().toBuffer();
}

/** @param rgba - Row by row. */
function showsSomething(rgba: Buffer): boolean {
  let sum = 0;
  let isOpaque = true;
  for (let at = 0; at < rgba.length; at += 4) {
    // Luminance: https://www.itu.int/rec/R-REC-BT.709.
    sum += 0.2126 * (rgba[at] ?? 0) + 0.7152 * (rgba[at + 1] ?? 0) + 0.0722 * (rgba[at + 2] ?? 0);
    isOpaque &&= rgba[at + 3] === 255;
  }
  // A black drawing on a transparent background is no dark frame.
  return isOpaque ? sum / (rgba.length / 4) >= LEAST_BRIGHTNESS : !isTransparent(rgba);
}

function isTransparent(rgba: Buffer): boolean {
  for (let at = 3; at < rgba.length; at += 4) if ((rgba[at] ?? 0) >= LEAST_ALPHA) return false;
  return true;
}

async function firstBrightFrame(options: PosterOptions): Promise<string | undefined> {
  const { workFolder, alphaDecoder, signal, facts } = options;
  const { durationSeconds = SHORT_SECONDS } = facts;
  const input = [
    ...['-threads', '1'],
    ...(alphaDecoder === undefined ? [] : ['-c:v', alphaDecoder]),
    ...(durationSeconds > SHORT_SECONDS ? ['-skip_frame', 'nokey'] : []),
    ...['-t', String(durationSeconds * START_SHARE)],
  ];
  const small = join(workFolder, 'frames.rgba');
  const chosen = join(workFolder, 'chosen-frame.png');
  try {
    await run(options, {
      input,
      // New timestamps, so that ffmpeg neither repeats nor drops frames to keep the rate.
      arguments: [
        ...['-vf', `settb=1/25,setpts=N,scale=${SMALL_SIDE}:${SMALL_SIDE},format=rgba`],
        ...['-r', '25', '-frames:v', String(MOST_FRAMES), '-f', 'rawvideo'],
      ],
      output: small,
    });
    const index = firstThatShows(await readWhole(small));
    if (index === undefined) return undefined;
    await run(options, {
      input,
      arguments: [
        ...['-vf', `select=eq(n\\,${index})`, '-frames:v', '1'],
        ...['-f', 'image2', '-update', '1', '-c:v', 'png', '-compression_level', '1'],
      ],
      output: chosen,
    });
    await decoder(chosen).metadata();
    return chosen;
  } catch {
    signal.throwIfAborted();
    await removeOwnFile(chosen);
    return undefined; // The first frame will do.
  } finally {
    await removeOwnFile(small);
  }
}

function firstThatShows(frames: Buffer): number | undefined {
  for (let at = 0; at + SMALL_BYTES <= frames.length; at += SMALL_BYTES) {
    if (showsSomething(frames.subarray(at, at + SMALL_BYTES))) return at / SMALL_BYTES;
  }
  return undefined;
}

async function laterBrightFrame(options: PosterOptions): Promise<string | undefined> {
  const { durationSeconds } = options.facts;
  if (durationSeconds === undefined) return undefined;
  for (const share of LATER_SHARES) {
    try {
      const frame = await takeFrame({ ...options, fromSeconds: durationSeconds * share });
      if (showsSomething(await smallPixelsOf(frame))) return frame;
      await removeOwnFile(frame);
    } catch {
      options.signal.throwIfAborted(); // A truncated video has no frame there.
    }
  }
  return undefined;
}

interface Filtering {
  readonly input: readonly string[];
  readonly arguments: readonly string[];
  readonly output: string;
}

function run({ binaries, path, signal, onStart }: PosterOptions, filtering: Filtering): Promise<void> {
  return runFfmpeg(binaries, {
    inputs: [{ path, arguments: [...UNTRUSTED_INPUT, ...filtering.input] }],
    arguments: ['-an', '-sn', '-dn', '-threads', '1', ...filtering.arguments],
    output: filtering.output,
    signal,
    ...(onStart === undefined ? {} : { onStart }),
  });
}
