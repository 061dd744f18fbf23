import { stat } from 'node:fs/promises';

import sharp, { type Metadata, type OutputInfo, type Sharp } from 'sharp';

import { removeOwnFile } from '../../disk/own-file.js';
import { readWhole, readWholeSync } from '../../disk/read-file.js';
import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import { THUMBNAIL_PIXELS } from '../picture-sizes.js';
import type { Derivative, DerivativeKind } from '../../chat/description/derivative.js';
import { readExif } from './exif.js';
import type { MediaFacts } from '../../chat/description/media-facts.js';
import { readXmp } from './picture-metadata.js';
import { thumbHashOf } from './placeholder.js';
import { systemRefusal } from '../ffmpeg/tool-failure.js';

/** Pixels of the decoded frame at most, which determine the memory. A file of 783 KB can require 846 MB. */
const MOST_PIXELS = 50_000_000;
/** A drawing is read completely, and drawing time grows with its size. */
const MOST_SVG_BYTES = 4 * 1024 * 1024;
const THUMBNAIL_QUALITY = 75;

/** Frames of an animation that are tried when the first one is transparent. */
const LATER_SHARES: readonly number[] = [1 / 3, 2 / 3, 0.95];

/** The error for a thumbnail that is completely transparent. */
class NothingVisible extends ChatferryError {
  constructor() {
    super('CONTENT_MISMATCH', 'It is transparent all over: nothing would be visible.');
  }
}

/** A picture that is small enough to be decoded. */
export class Image {
  readonly facts: MediaFacts;
  /** Whether it is decoded completely before the first pixel is available: progressive, interlaced. */
  readonly isWhole: boolean;
  readonly #input: string | Buffer;
  readonly #pageCount: number;

  private constructor(input: string | Buffer, metadata: Metadata) {
    this.#input = input;
    this.#pageCount = metadata.pages ?? 1;
    this.facts = factsOf(metadata);
    this.isWhole = metadata.isProgressive;
  }

  /**
   * Reads the header of a picture.
   *
   * @param path - A file in a format that sharp decodes.
   * @throws {ChatferryError} `CONTENT_MISMATCH` if it is no picture, or one of more than 50 million pixels.
   */
  static async open(path: string, options: { readonly isSvg?: boolean } = {}): Promise<Image> {
    const input = options.isSvg === true ? await readSvg(path) : path;
    try {
      const metadata = await decoder(input).metadata();
      const { width, height, pageHeight = height } = metadata;
      if (width * pageHeight > MOST_PIXELS) {
        throw new Error(`${width} × ${pageHeight} pixels are more than ${MOST_PIXELS}`);
      }
      return new Image(input, metadata);
    } catch (cause) {
      throw unreadable(cause);
    }
  }

  /** Writes a thumbnail: upright, in sRGB. @throws {ChatferryError} `CONTENT_MISMATCH` */
  async thumbnail(output: string): Promise<Thumbnail> {
    try {
      return await makeThumbnail(decoder(this.#input).autoOrient(), output);
    } catch (error) {
      // Many animations begin with an empty frame.
      if (!(error instanceof NothingVisible)) throw error;
      for (const page of this.#laterPages()) {
        const made = await makeThumbnail(decoder(this.#input, { page }), output).catch(() => undefined);
        if (made !== undefined) return made;
      }
      throw error;
    }
  }

  /** Decodes it completely; of a long animation only the first frame. @throws {ChatferryError} `CONTENT_MISMATCH` */
  async decodeToEnd(): Promise<void> {
    const { width = 0, height = 0, isAnimated = false } = this.facts;
    const allFrames = isAnimated && width * height * this.#pageCount <= MOST_PIXELS;
    try {
      await decoder(this.#input, { allFrames }).stats();
    } catch (cause) {
      throw unreadable(cause);
    }
  }

  #laterPages(): readonly number[] {
    if (this.facts.isAnimated !== true) return [];
    return [...new Set(LATER_SHARES.map((share) => Math.floor(this.#pageCount * share)))].filter((page) => page > 0);
  }
}

/** A thumbnail, and the placeholder that a viewer shows until it is loaded: a thumbhash, base64. */
export interface Thumbnail {
  readonly derivative: Derivative;
  readonly placeholder: string;
}

/**
 * Writes a thumbnail and computes its placeholder from one decoding, which is most of the work
 * (a photo of 8 megapixels: 34 ms; writing the thumbnail 3 ms).
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be decoded completely, or is completely transparent.
 */
export async function makeThumbnail(image: Sharp, output: string): Promise<Thumbnail> {
  const { data, info } = await image
    .resize({ width: THUMBNAIL_PIXELS, height: THUMBNAIL_PIXELS, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw unreadable(cause);
    });
  const { width, height, channels } = info;
  if (isTransparent(data, channels)) throw new NothingVisible();
  const written = writeWebp(sharp(data, { raw: { width, height, channels } }), output, 'thumbnail');
  const placeholder = thumbHashOf({ data, width, height, channels }); // In parallel with a thread of sharp that encodes.
  return { derivative: await written, placeholder };
}

/** With two or four channels, the last one is alpha. */
function isTransparent(pixels: Uint8Array, channels: number): boolean {
  if (channels !== 2 && channels !== 4) return false;
  for (let at = channels - 1; at < pixels.length; at += channels) if (pixels[at] !== 0) return false;
  return true;
}

/**
 * A thumbhash, base64, as {@link makeThumbnail} gives it.
 *
 * @param path - A thumbnail.
 */
export async function placeholderOf(path: string): Promise<string> {
  const { data, info } = await decoder(path).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return thumbHashOf({ data, width: info.width, height: info.height, channels: info.channels });
}

/** Writes a picture as WebP. @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be decoded completely. */
export async function writeWebp(image: Sharp, output: string, kind: DerivativeKind): Promise<Derivative> {
  const { size, width, height } = await writePicture(image.webp({ quality: THUMBNAIL_QUALITY, effort: 2 }), output);
  return { kind, path: output, sizeBytes: size, mimeType: 'image/webp', width, height };
}

/**
 * Writes a picture, or no file at all.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be decoded completely.
 */
export async function writePicture(image: Sharp, output: string): Promise<OutputInfo> {
  try {
    return await image.toFile(output);
  } catch (cause) {
    await removeOwnFile(output); // Remove the incomplete output.
    throw systemRefusal(errorMessage(cause), 'write', output) ?? unreadable(cause);
  }
}

/**
 * A decoder for untrusted pictures: with a limit of pixels, one frame, sequential access.
 *
 * @param options - With `allFrames`, their pixels add up. `page`: another frame than the first.
 */
export function decoder(
  input: string | Buffer,
  options: { readonly allFrames?: boolean; readonly page?: number } = {},
): Sharp {
  return sharp(nameless(input), {
    limitInputPixels: MOST_PIXELS,
    failOn: 'error',
    sequentialRead: true,
    ...(options.page === undefined ? { animated: options.allFrames === true } : { page: options.page }),
  });
}

/** libvips interprets a bracket at the end of a file name as options (https://www.libvips.org/API/current/ctor.Image.new_from_file.html). */
function nameless(input: string | Buffer): string | Buffer {
  return typeof input === 'string' && input.endsWith(']') ? readWholeSync(input, { mayBeLink: true }) : input;
}

/** Passed as bytes: without a path, a drawing cannot refer to files beside it. */
async function readSvg(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size <= MOST_SVG_BYTES) return readWhole(path, { mayBeLink: true });
  throw new ChatferryError('CONTENT_MISMATCH', `${path} is a drawing of ${size} bytes; ${MOST_SVG_BYTES} are read.`);
}

/** EXIF's orientation in degrees clockwise; mirrored values rotate by the same (https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf, 4.6.4). */
const ROTATIONS: Readonly<Record<number, 90 | 180 | 270>> = { 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270 };

/** Formats whose pages are frames in time, unlike those of TIFF and HEIF. */
const MOVING: ReadonlySet<string> = new Set(['gif', 'webp']);

function factsOf(metadata: Metadata): MediaFacts {
  const { width, height, pageHeight = height, orientation = 1, hasAlpha, pages = 1, exif, xmp, format } = metadata;
  const rotation = ROTATIONS[orientation];
  const isTurned = orientation > 4;
  return {
    width: isTurned ? pageHeight : width,
    height: isTurned ? width : pageHeight,
    ...(rotation === undefined ? {} : { rotation }),
    ...(hasAlpha ? { hasAlpha } : {}),
    ...(pages > 1 && MOVING.has(format) ? { isAnimated: true } : {}),
    ...(xmp === undefined ? {} : readXmp(xmp.toString('utf8'))),
    ...(exif === undefined ? {} : readExif(exif)),
  };
}

function unreadable(cause: unknown): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', `The picture cannot be read: ${errorMessage(cause)}.`, { cause });
}
