import { readFile, stat } from 'node:fs/promises';

import sharp, { type Metadata, type Sharp } from 'sharp';
import { rgbaToThumbHash } from 'thumbhash';

import { ChatferryError, errorMessage } from '../errors/chatferry-error.js';
import { type Derivative, type DerivativeKind, THUMBNAIL_PIXELS } from './derivative.js';
import { readExif } from './exif.js';
import type { MediaFacts } from './media-facts.js';

/** Width by height by frames: what costs memory. A file of 783 KB can ask for 846 MB. */
const MOST_PIXELS = 50_000_000;
/** A drawing is read whole, and drawing time grows with its text. */
const MOST_SVG_BYTES = 4 * 1024 * 1024;
/** https://github.com/evanw/thumbhash: at most 100 × 100. */
const PLACEHOLDER_PIXELS = 100;
const THUMBNAIL_QUALITY = 75;

/** A picture that is small enough to be decoded. */
export class Image {
  readonly facts: MediaFacts;
  readonly #input: string | Buffer;

  private constructor(input: string | Buffer, facts: MediaFacts) {
    this.#input = input;
    this.facts = facts;
  }

  /**
   * Reads the head of a picture.
   *
   * @param path - Of anything that sharp decodes.
   * @throws {ChatferryError} `CONTENT_MISMATCH` for what is no picture, or one of more than 50 million pixels.
   */
  static async open(path: string, options: { readonly isSvg?: boolean } = {}): Promise<Image> {
    const input = options.isSvg === true ? await readSvg(path) : path;
    try {
      const metadata = await decoder(input).metadata();
      const { width, height, pages = 1, pageHeight = height } = metadata;
      if (width * pageHeight * pages > MOST_PIXELS) {
        throw new Error(`${width} × ${pageHeight} pixels in ${pages} frames are more than ${MOST_PIXELS}`);
      }
      return new Image(input, factsOf(metadata));
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  /** Writes a copy for a small place: upright, in sRGB. @throws {ChatferryError} `CONTENT_MISMATCH` */
  async thumbnail(output: string): Promise<Derivative> {
    const image = decoder(this.#input)
      .autoOrient()
      .resize({ width: THUMBNAIL_PIXELS, height: THUMBNAIL_PIXELS, fit: 'inside', withoutEnlargement: true });
    return writeWebp(image, output, 'thumbnail');
  }
}

/**
 * A few bytes that a viewer shows until the picture is there: a thumbhash, base64.
 *
 * @param path - Of a thumbnail: small already.
 */
export async function placeholderOf(path: string): Promise<string> {
  const { data, info } = await decoder(path)
    .resize({ width: PLACEHOLDER_PIXELS, height: PLACEHOLDER_PIXELS, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64');
}

/** Writes a picture as WebP. @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be decoded to its end. */
export async function writeWebp(image: Sharp, output: string, kind: DerivativeKind): Promise<Derivative> {
  try {
    const info = await image.webp({ quality: THUMBNAIL_QUALITY, effort: 2 }).toFile(output);
    return {
      kind,
      path: output,
      sizeBytes: info.size,
      mimeType: 'image/webp',
      width: info.width,
      height: info.height,
    };
  } catch (cause) {
    throw unreadable(output, cause);
  }
}

/** A decoder for pictures of strangers: a bounded number of pixels, one frame, from the top down. */
export function decoder(input: string | Buffer): Sharp {
  return sharp(input, { limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true });
}

/** Handed over as bytes: without a place on disk a drawing can name no neighbours. */
async function readSvg(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size <= MOST_SVG_BYTES) return readFile(path);
  throw new ChatferryError('CONTENT_MISMATCH', `${path} is a drawing of ${size} bytes; ${MOST_SVG_BYTES} are read.`);
}

/** EXIF's orientation in degrees clockwise; mirrored forms turn by the same (https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf, 4.6.4). */
const ROTATIONS: Readonly<Record<number, 90 | 180 | 270>> = { 3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270 };

function factsOf(metadata: Metadata): MediaFacts {
  const { width, height, pageHeight = height, orientation = 1, hasAlpha, pages = 1, exif } = metadata;
  const rotation = ROTATIONS[orientation];
  const isTurned = orientation > 4;
  return {
    width: isTurned ? pageHeight : width,
    height: isTurned ? width : pageHeight,
    ...(rotation === undefined ? {} : { rotation }),
    ...(hasAlpha ? { hasAlpha } : {}),
    ...(pages > 1 ? { isAnimated: true } : {}),
    ...(exif === undefined ? {} : readExif(exif)),
  };
}

function unreadable(path: string, cause: unknown): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', `The picture cannot be read: ${errorMessage(cause)}.`, { cause });
}
