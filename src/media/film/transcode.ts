import { stat } from 'node:fs/promises';

import { removeOwnFile } from '../../disk/own-file.js';
import type { ContentKind } from '../../chat/description/content-kind.js';
import { checkCopy } from './copy/copy-proof.js';
import { severalPictures } from './copy/several-pictures.js';
import { COPY_PIXELS } from '../picture-sizes.js';
import type { Derivative } from '../../chat/description/derivative.js';
import { type FrameOptions } from './film.js';
import { runFfmpeg } from '../ffmpeg/ffmpeg.js';
import { lowerCased, type MediaStream, probeMedia } from '../ffmpeg/ffprobe.js';
import { decoder, writePicture } from '../image/image.js';
import type { MediaFacts } from '../../chat/description/media-facts.js';
import { UNTRUSTED_INPUT } from '../ffmpeg/untrusted-input.js';

/** `balanced` plays everywhere. `small` takes longer to make and needs a recent player. */
export type Preset = 'balanced' | 'small';

interface Target {
  readonly extension: string;
  readonly mimeType: string;
}

interface FilmTarget extends Target {
  /** The shorter side in pixels, so that portrait and landscape are treated alike. */
  readonly mostShortSide: number;
  /** ffmpeg's name for the subtitle format of the container. */
  readonly subtitles: string;
  readonly arguments: readonly string[];
}

const FILM: Readonly<Record<Preset, FilmTarget>> = {
  balanced: {
    extension: 'mp4',
    mimeType: 'video/mp4',
    mostShortSide: 720,
    subtitles: 'mov_text',
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
    subtitles: 'webvtt',
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
  balanced: { mostPixels: COPY_PIXELS, quality: 80 },
  small: { mostPixels: 1600, quality: 50 },
};

const PLAIN_SUBTITLES: ReadonlySet<string> = new Set(['subrip', 'srt', 'mov_text', 'webvtt', 'text']);

export interface TranscodeOptions extends Omit<FrameOptions, 'binaries'> {
  readonly binaries: FrameOptions['binaries'] | undefined;
  readonly content: ContentKind;
  readonly facts: MediaFacts;
  readonly preset: Preset;
  /** The original file, where `path` was converted from it. @defaultValue `path` */
  readonly original?: string;
  /** Path of the output without an extension, absolute. */
  readonly output: string;
  readonly sizeBytes: number;
}

/**
 * Makes a smaller copy of a file. A video keeps all audio tracks and its text subtitles. The copy is read to its end as a
 * check, but not decoded.
 *
 * @returns undefined when the copy would not be smaller, or for a kind of file that is not transcoded.
 * @throws {ChatferryError} `CONTENT_MISMATCH` when the file cannot be read, or the copy is truncated; `TIMEOUT`.
 */
export async function transcode(options: TranscodeOptions): Promise<Derivative | undefined> {
  const made = await make(options);
  if (made === undefined) return undefined;
  const { size: sizeBytes } = await stat(made.path);
  if (sizeBytes > 0 && sizeBytes < options.sizeBytes) return { ...made, sizeBytes };
  await removeOwnFile(made.path);
  return undefined;
}

type Made = Omit<Derivative, 'sizeBytes'>;

async function make(options: TranscodeOptions): Promise<Made | undefined> {
  switch (options.content.kind) {
    case 'image':
      return options.content.extension === 'svg' || (await hasSeveralPictures(options))
        ? undefined
        : makePicture(options);
    case 'video':
      return makeFilm(options);
    case 'audio':
      return makeSound(options);
    case 'animated-sticker':
    case 'document':
    case 'empty':
    case 'unknown':
      return undefined;
  }
}

/** Whether there are more frames or pages than one. A video embedded in a photo does not count. */
async function hasSeveralPictures({ facts, path, original = path, content }: TranscodeOptions): Promise<boolean> {
  if (facts.isAnimated === true) return true;
  if (['image/jpeg', 'image/jxl'].includes(content.mimeType)) return false;
  return (await severalPictures(original, content)) !== undefined;
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

async function makeFilm(options: TranscodeOptions): Promise<Made | undefined> {
  const { binaries, path, preset, output, facts, signal, onStart } = options;
  if (binaries === undefined) return undefined;
  const { extension, mimeType, mostShortSide, subtitles, arguments: codecs } = FILM[preset];
  const target = `${output}.${extension}`;
  const isTall = (facts.height ?? 0) > (facts.width ?? 0);
  // Even numbers: in both codecs the color planes have half the resolution.
  const scale = isTall
    ? `scale='trunc(min(${mostShortSide},iw)/2)*2':-2`
    : `scale=-2:'trunc(min(${mostShortSide},ih)/2)*2'`;
  const { streams } = await probeMedia(binaries, path, { signal });
  await runFfmpeg(binaries, {
    inputs: [{ path, arguments: UNTRUSTED_INPUT }],
    arguments: [
      ...['-map', '0:V:0', '-map', '0:a?', ...textTracks(streams), '-c:s', subtitles],
      ...['-map_metadata', '-1', ...languages(streams), '-vf', scale, ...codecs],
    ],
    output: target,
    signal,
    timeoutMs: LONGEST_TRANSCODE_MS,
    ...(onStart === undefined ? {} : { onStart }),
  });
  await check(options, target);
  return { kind: 'transcode', path: target, mimeType };
}

/** Text subtitles. The copy has no bitmap or styled subtitles. */
function textTracks(streams: readonly MediaStream[]): readonly string[] {
  const subtitles = streams.filter(({ codec_type: type }) => type === 'subtitle');
  return subtitles.flatMap(({ codec_name: codec = '' }, index) =>
    PLAIN_SUBTITLES.has(codec) ? ['-map', `0:s:${index}`] : [],
  );
}

/** The language of each audio track. */
function languages(streams: readonly MediaStream[]): readonly string[] {
  const sound = streams.filter(({ codec_type: type }) => type === 'audio');
  return sound.flatMap(({ tags = {} }, index) => {
    const { language = '' } = lowerCased(tags);
    return /^[a-z]{3}$/.test(language) ? [`-metadata:s:a:${index}`, `language=${language}`] : [];
  });
}

/** The exit code of ffmpeg proves nothing: on a full disk some versions exit with 0. */
async function check({ binaries, path, signal, onStart }: TranscodeOptions, copy: string): Promise<void> {
  if (binaries === undefined) return;
  try {
    await checkCopy(
      { original: path, copy },
      { ffmpeg: binaries, signal, ...(onStart === undefined ? {} : { onStart }) },
    );
  } catch (error) {
    await removeOwnFile(copy);
    throw error;
  }
}

const LONGEST_TRANSCODE_MS = 3_600_000;

async function makeSound(options: TranscodeOptions): Promise<Made | undefined> {
  const { binaries, path, preset, output, signal, onStart } = options;
  if (binaries === undefined) return undefined;
  const target = `${output}.ogg`;
  await runFfmpeg(binaries, {
    inputs: [{ path, arguments: UNTRUSTED_INPUT }],
    arguments: ['-map', '0:a', ...SOUND[preset], '-f', 'ogg'],
    output: target,
    signal,
    timeoutMs: LONGEST_TRANSCODE_MS,
    ...(onStart === undefined ? {} : { onStart }),
  });
  await check(options, target);
  return { kind: 'transcode', path: target, mimeType: 'audio/ogg' };
}
