import { stat } from 'node:fs/promises';
import { extname } from 'node:path';

import type { ContentKind } from './content-kind.js';
import type { Derivative } from './derivative.js';
import type { FrameOptions } from './film.js';
import { runFfmpeg } from './ffmpeg.js';
import { decoder, writePicture } from './image.js';
import { UNTRUSTED_INPUT } from './untrusted-input.js';

export interface StripOptions extends Omit<FrameOptions, 'binaries'> {
  readonly binaries: FrameOptions['binaries'] | undefined;
  readonly content: ContentKind;
  /** The picture, without what it carries, where sharp does not read it itself. */
  readonly readablePath?: string | undefined;
  /** What the output is called, without an extension; absolute. */
  readonly output: string;
}

/** It is encoded again, and should not show it. */
const QUALITY = 90;
const PICTURES: ReadonlySet<string> = new Set(['jpg', 'png', 'webp', 'avif', 'tif', 'gif']);

/**
 * Makes a copy to give away: without place, time, device and names; pictures upright and in sRGB, films and sound in the
 * streams they have.
 *
 * @returns undefined for kinds that are not known to carry such.
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be read; `TIMEOUT`.
 */
export async function stripMetadata(options: StripOptions): Promise<Derivative | undefined> {
  const { content, path, readablePath, output } = options;
  const { extension = extname(path).slice(1) } = content;
  const target = `${output}.${extension}`;
  if (content.kind === 'image' && PICTURES.has(extension)) {
    const image = decoder(path, { allFrames: true })
      .autoOrient()
      .jpeg({ quality: QUALITY, force: false })
      .webp({ quality: QUALITY, force: false });
    const { width, height, size } = await writePicture(image, target);
    return { kind: 'stripped', path: target, sizeBytes: size, mimeType: content.mimeType, width, height };
  }
  if (readablePath !== undefined) return stripForeign(readablePath, output);
  const { binaries, signal, onStart } = options;
  if ((content.kind !== 'video' && content.kind !== 'audio') || binaries === undefined) return undefined;
  await runFfmpeg(binaries, {
    inputs: [{ path, arguments: UNTRUSTED_INPUT }],
    // `bitexact`: no name of the program that wrote it.
    arguments: [
      '-map',
      '0:V?', // Not the picture in a song: it may tell of its maker, too.
      '-map',
      '0:a?',
      '-map_metadata',
      '-1',
      '-map_chapters',
      '-1',
      '-c',
      'copy',
      '-fflags',
      '+bitexact',
    ],
    output: target,
    signal,
    ...(onStart === undefined ? {} : { onStart }),
  });
  const { size } = await stat(target);
  return { kind: 'stripped', path: target, sizeBytes: size, mimeType: content.mimeType };
}

/** In a format that everybody can show. */
async function stripForeign(readablePath: string, output: string): Promise<Derivative> {
  const image = decoder(readablePath);
  const { hasAlpha } = await image.metadata();
  const format = hasAlpha ? 'png' : 'jpeg';
  const target = `${output}.${hasAlpha ? 'png' : 'jpg'}`;
  const { width, height, size } = await writePicture(image.toFormat(format, { quality: QUALITY }), target);
  return { kind: 'stripped', path: target, sizeBytes: size, mimeType: `image/${format}`, width, height };
}
