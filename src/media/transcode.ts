import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { ContentKind } from './content-kind.js';
import type { Derivative } from './derivative.js';
import { type FrameOptions } from './film.js';
import { runFfmpeg } from './ffmpeg.js';
import { decoder, writePicture } from './image.js';
import type { MediaFacts } from './media-facts.js';
import { UNTRUSTED_INPUT } from './untrusted-input.js';

/** `balanced` plays everywhere; `small` takes longer to make and needs a player of this decade. */
export type Preset = 'balanced' | 'small';

interface Target {
  readonly extension: string;
  readonly mimeType: string;
}

interface FilmTarget extends Target {
  /** Pixels: of the shorter side, so that a film that stands is treated as one that lies. */
  readonly mostShortSide: number;
  readonly arguments: readonly string[];
}

const FILM: Readonly<Record<Preset, FilmTarget>> = {
  balanced: {
    extension: 'mp4',
    mimeType: 'video/mp4',
    mostShortSide: 720,
    arguments: [
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-crf',
      '26',
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'aac',
      '-b:a',
      '96k',
      '-movflags',
      '+faststart',
      '-f',
      'mp4',
    ],
  },
  small: {
    extension: 'webm',
    mimeType: 'video/webm',
    mostShortSide: 480,
    arguments: [
      '-c:v',
      'libsvtav1',
      '-preset',
      '9',
      '-crf',
      '42',
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'libopus',
      '-b:a',
      '48k',
      '-f',
      'webm',
    ],
  },
};

const SOUND: Readonly<Record<Preset, readonly string[]>> = {
  balanced: ['-c:a', 'libopus', '-b:a', '64k'],
  small: ['-c:a', 'libopus', '-b:a', '24k'],
};

const PICTURE: Readonly<Record<Preset, { readonly mostPixels: number; readonly quality: number }>> = {
  balanced: { mostPixels: 2560, quality: 80 },
  small: { mostPixels: 1600, quality: 50 },
};

export interface TranscodeOptions extends Omit<FrameOptions, 'binaries'> {
  readonly binaries: FrameOptions['binaries'] | undefined;
  readonly content: ContentKind;
  readonly facts: MediaFacts;
  readonly preset: Preset;
  /** What the output is called, without an extension; absolute. */
  readonly output: string;
  readonly sizeBytes: number;
}

/**
 * Makes a medium smaller.
 *
 * @returns undefined when it would not be smaller, or is of a kind that is not made smaller.
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be read; `TIMEOUT`.
 */
export async function transcode(options: TranscodeOptions): Promise<Derivative | undefined> {
  const made = await make(options);
  if (made === undefined) return undefined;
  const { size: sizeBytes } = await stat(made.path);
  if (sizeBytes > 0 && sizeBytes < options.sizeBytes) return { ...made, sizeBytes };
  await rm(made.path, { force: true });
  return undefined;
}

type Made = Omit<Derivative, 'sizeBytes'>;

async function make(options: TranscodeOptions): Promise<Made | undefined> {
  switch (options.content.kind) {
    case 'image':
      return options.facts.isAnimated === true || options.content.extension === 'svg'
        ? undefined
        : makePicture(options);
    case 'video':
      return makeFilm(options);
    case 'audio':
      return makeSound(options);
    case 'animated-sticker':
    case 'document':
    case 'empty':
      return undefined;
  }
}

async function makePicture({ path, preset, output }: TranscodeOptions): Promise<Made> {
  const { mostPixels, quality } = PICTURE[preset];
  const image = decoder(path)
    .autoOrient()
    .resize({ width: mostPixels, height: mostPixels, fit: 'inside', withoutEnlargement: true });
  const extension = preset === 'small' ? 'avif' : 'webp';
  const target = `${output}.${extension}`;
  const encoded = preset === 'small' ? image.avif({ quality, effort: 3 }) : image.webp({ quality });
  const { width, height } = await writePicture(encoded, target);
  return { kind: 'transcode', path: target, mimeType: `image/${extension}`, width, height };
}

async function makeFilm({
  binaries,
  path,
  preset,
  output,
  facts,
  signal,
  onStart,
}: TranscodeOptions): Promise<Made | undefined> {
  if (binaries === undefined) return undefined;
  const { extension, mimeType, mostShortSide, arguments: codecs } = FILM[preset];
  const target = `${output}.${extension}`;
  const isTall = (facts.height ?? 0) > (facts.width ?? 0);
  // Even numbers: both codecs halve the colour planes.
  const scale = isTall
    ? `scale='trunc(min(${mostShortSide},iw)/2)*2':-2`
    : `scale=-2:'trunc(min(${mostShortSide},ih)/2)*2'`;
  await runFfmpeg(binaries, {
    inputs: [{ path, arguments: UNTRUSTED_INPUT }],
    arguments: ['-map', '0:v:0', '-map', '0:a:0?', '-map_metadata', '-1', '-vf', scale, ...codecs],
    output: target,
    signal,
    timeoutMs: LONGEST_TRANSCODE_MS,
    ...(onStart === undefined ? {} : { onStart }),
  });
  return { kind: 'transcode', path: target, mimeType };
}

const LONGEST_TRANSCODE_MS = 3_600_000;

async function makeSound({
  binaries,
  path,
  preset,
  output,
  signal,
  onStart,
}: TranscodeOptions): Promise<Made | undefined> {
  if (binaries === undefined) return undefined;
  const target = join(`${output}.ogg`);
  await runFfmpeg(binaries, {
    inputs: [{ path, arguments: UNTRUSTED_INPUT }],
    arguments: ['-map', '0:a:0', ...SOUND[preset], '-f', 'ogg'],
    output: target,
    signal,
    timeoutMs: LONGEST_TRANSCODE_MS,
    ...(onStart === undefined ? {} : { onStart }),
  });
  return { kind: 'transcode', path: target, mimeType: 'audio/ogg' };
}
