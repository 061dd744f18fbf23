import { extname } from 'node:path';

import { removeOwnFile } from '../../disk/own-file.js';
import { PrivateFolder } from '../../disk/private-folder.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import { FileBytes } from '../bytes/byte-source.js';
import type { ContentKind } from '../../chat/description/content-kind.js';
import type { Derivative } from '../../chat/description/derivative.js';
import { NO_FFMPEG } from '../ffmpeg/ffmpeg-binaries.js';
import type { FrameOptions } from '../film/film.js';
import { isForeignPicture, isHeif } from '../image/foreign-picture.js';
import { decoder, Image, writePicture } from '../image/image.js';
import { bareJpeg2000, bareJpegXl } from './boxed-picture.js';
import { stripStreams } from './film.js';
import { bareGif } from './gif.js';
import { bareHeif } from './heif.js';
import { bareJpeg } from './jpeg.js';
import { type Stripper, writePieces } from './pieces.js';
import { barePng } from './png.js';
import { bareFlac, FRAME_READERS, onlyFrames, withoutTags } from './sound.js';
import { bareSticker } from './sticker.js';
import { bareSvg } from './svg.js';
import { bareTiff } from './tiff.js';
import { bareWebp } from './webp.js';

export interface StripOptions extends Omit<FrameOptions, 'binaries'> {
  readonly binaries: FrameOptions['binaries'] | undefined;
  /** The problem text where ffmpeg is needed and missing. @defaultValue to install it */
  readonly noFfmpeg?: string | undefined;
  readonly content: ContentKind;
  /** The converted picture, where sharp cannot read the original. */
  readonly readablePath?: string | undefined;
  /** Path of the output without an extension, absolute. */
  readonly output: string;
}

/** Formats whose container is rewritten with the same encoded pixels. */
const PICTURES: Readonly<Record<string, Stripper>> = {
  jpg: bareJpeg,
  png: barePng,
  apng: barePng,
  webp: bareWebp,
  gif: bareGif,
  tif: bareTiff,
  svg: bareSvg,
  jp2: bareJpeg2000,
  jxl: bareJpegXl,
  heic: bareHeif,
  heif: bareHeif,
  avif: bareHeif,
};

/** Audio formats that are handled without ffmpeg. */
const SOUND: Readonly<Record<string, Stripper>> = {
  ...Object.fromEntries(
    Object.entries(FRAME_READERS).map(([extension, read]): [string, Stripper] => [
      extension,
      (source) => onlyFrames(source, read),
    ]),
  ),
  flac: bareFlac,
  mpc: withoutTags,
  ape: withoutTags,
};

/**
 * Makes a copy that is safe to share: without location, time, device and names. Nothing is encoded again: the container is
 * rewritten with the same encoded data. Orientation and color profile stay.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` for unsupported kinds, for unreadable files, and when the copy would differ;
 *   `MISSING_PROGRAM` when it needs ffmpeg; `TIMEOUT`.
 */
export async function stripMetadata(options: StripOptions): Promise<Derivative> {
  const { content, path, output } = options;
  const { extension = extname(path).slice(1).toLowerCase() } = content;
  const target = `${output}.${extension}`;
  switch (content.kind) {
    case 'image':
      return stripPicture(options, extension, target);
    case 'animated-sticker':
      return copyBare(options, bareSticker, { target });
    case 'audio':
    case 'video': {
      const stripper = content.kind === 'audio' ? SOUND[extension] : undefined;
      if (stripper !== undefined) return copyBare(options, stripper, { target });
      const { binaries, noFfmpeg = NO_FFMPEG } = options;
      if (binaries === undefined) throw new ChatferryError('MISSING_PROGRAM', noFfmpeg);
      const sizeBytes = await stripStreams({ ...options, binaries }, extension, target);
      return { kind: 'stripped', path: target, sizeBytes, mimeType: content.mimeType };
    }
    case 'document':
    case 'empty':
    case 'unknown':
      throw cannot(content);
  }
}

async function stripPicture(options: StripOptions, extension: string, target: string): Promise<Derivative> {
  const { content, readablePath, output } = options;
  const stripper = PICTURES[extension];
  if (stripper === undefined && readablePath === undefined) throw cannot(content);
  try {
    if (stripper !== undefined) return await copyPicture(options, stripper, target);
  } catch (error) {
    if (readablePath === undefined || !isChatferryError(error, 'CONTENT_MISMATCH')) throw error;
  }
  if (readablePath === undefined) throw cannot(content);
  return writePixels(readablePath, `${output}.png`);
}

async function copyPicture(options: StripOptions, stripper: Stripper, target: string): Promise<Derivative> {
  const { path, content } = options;
  const isForeign = isForeignPicture(content);
  const isSvg = content.extension === 'svg';
  const before = isForeign ? undefined : await Image.open(path, { isSvg }).catch(ifNotMoving(content));
  const { orientation = 1 } = before === undefined || isSvg ? {} : await decoder(path).metadata();
  const copy = copyBare(options, stripper, { target, orientation });
  try {
    if (before === undefined) return { ...copy, ...(await foreignSize(options, target)) };
    const after = await Image.open(target, { isSvg });
    const [was, is] = [before, after].map(({ facts }) => [facts.width, facts.height, facts.rotation, facts.isAnimated]);
    if (JSON.stringify(was) !== JSON.stringify(is)) throw unlike();
    await after.decodeToEnd();
    const { width, height } = after.facts;
    return { ...copy, ...(width === undefined || height === undefined ? {} : { width, height }) };
  } catch (error) {
    await removeOwnFile(target);
    throw error;
  }
}

/** An AVIF may consist of an image sequence only, which sharp does not read. */
function ifNotMoving({ extension }: ContentKind): (error: unknown) => undefined {
  return (error) => {
    if (extension !== 'avif') throw error;
    return undefined;
  };
}

/** Checks the copy, as far as possible without decoding it. */
async function foreignSize(
  { path, content, binaries: ffmpeg, workFolder, signal, onStart }: StripOptions,
  copy: string,
): Promise<Pick<Derivative, 'width' | 'height'>> {
  if (isHeif(content)) {
    const { readHeicPicture } = await import('../heif/heic-picture.js');
    const [was, is] = [await readHeicPicture(path), await readHeicPicture(copy)];
    if (was === undefined || is === undefined) return {};
    if (was.width !== is.width || was.height !== is.height || was.rotation !== is.rotation) throw unlike();
    const isTurned = is.rotation === 90 || is.rotation === 270;
    return { width: isTurned ? is.height : is.width, height: isTurned ? is.width : is.height };
  }
  if (ffmpeg === undefined) return {};
  const { openPicture } = await import('../image/picture.js');
  await using folder = await PrivateFolder.make('copy-', workFolder);
  const options = { content, ffmpeg, workFolder: folder.path, signal, ...(onStart === undefined ? {} : { onStart }) };
  const {
    facts: { width, height },
  } = await openPicture({ ...options, path: copy });
  return width === undefined || height === undefined ? {} : { width, height };
}

function copyBare(
  { path, content }: StripOptions,
  stripper: Stripper,
  { target, orientation = 1 }: { readonly target: string; readonly orientation?: number },
): Derivative {
  using source = new FileBytes(path);
  const sizeBytes = writePieces(target, source, stripper(source, { orientation }));
  return { kind: 'stripped', path: target, sizeBytes, mimeType: content.mimeType };
}

/** Writes the decoded pixels losslessly as PNG. */
async function writePixels(readablePath: string, target: string): Promise<Derivative> {
  const image = decoder(readablePath).keepIccProfile().png();
  const { width, height, size } = await writePicture(image, target);
  return { kind: 'stripped', path: target, sizeBytes: size, mimeType: 'image/png', width, height };
}

function cannot({ kind, mimeType }: ContentKind): ChatferryError {
  const what = kind === 'empty' ? 'an empty file' : `a file of ${mimeType}`;
  return new ChatferryError('CONTENT_MISMATCH', `No copy without metadata can be made of ${what}.`);
}

function unlike(): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', 'The copy without metadata would not show the same.');
}
