import { decoder } from '../../image/image.js';
import type { ContentKind } from '../../../chat/description/content-kind.js';
import { isForeignPicture } from '../../image/foreign-picture.js';
import { ChatferryError, errorMessage } from '../../../errors/chatferry-error.js';
import { severalPictures } from './several-pictures.js';

/** Both pictures are compared at this size, in pixels. */
const COMPARED_PIXELS = 32;
/** Of 255, on average over all pixels and colours. Strong compression makes some 3; another picture 40 and more. */
const MOST_DIFFERENCE = 16;
/** By which the proportions may differ: sizes are whole pixels. */
const ASPECT_SLACK = 0.02;

/**
 * Shows that one picture is a copy of another: the original is one picture, the copy decodes to its end, has the same
 * proportions and transparency, and looks the same. Where only ffmpeg reads the original, looks are not compared.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` with what speaks against it.
 */
export async function provePicture(original: string, copy: string, content: ContentKind): Promise<void> {
  const several = await severalPictures(original, content);
  if (several !== undefined) throw mismatch(several);
  const { width, height, hasAlpha, pages = 1 } = await decodeToEnd(copy);
  if (pages > 1) throw mismatch(`the copy has ${pages} frames`);
  if (isForeignPicture(content)) return;
  const own = await orientedSize(original);
  const slack = Math.max(ASPECT_SLACK, 2 / Math.min(width, height));
  if (Math.abs((own.width * height) / (own.height * width) - 1) > slack || width > own.width) {
    throw mismatch(`the copy has ${width} × ${height} pixels, the original ${own.width} × ${own.height}`);
  }
  if (own.isTransparent && !hasAlpha) throw mismatch('the copy is not transparent where the original is');
  const difference = await differenceOf(original, copy);
  if (difference > MOST_DIFFERENCE) throw mismatch('the copy does not look like the original');
}

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly pages?: number;
}

/** @throws {ChatferryError} `CONTENT_MISMATCH` */
async function decodeToEnd(copy: string): Promise<Decoded> {
  try {
    const { pages, hasAlpha, width, height } = await decoder(copy).metadata();
    await decoder(copy).stats();
    return { width, height, hasAlpha, ...(pages === undefined ? {} : { pages }) };
  } catch (cause) {
    throw mismatch(`the copy cannot be read to its end: ${errorMessage(cause)}`, cause);
  }
}

async function orientedSize(path: string): Promise<{ width: number; height: number; isTransparent: boolean }> {
  const { autoOrient } = await decoder(path).metadata();
  const { isOpaque } = await decoder(path).stats();
  return { ...autoOrient, isTransparent: !isOpaque };
}

async function differenceOf(original: string, copy: string): Promise<number> {
  const [one, other] = await Promise.all([smallPixels(original), smallPixels(copy)]);
  let sum = 0;
  for (const [index, value] of one.entries()) sum += Math.abs(value - (other[index] ?? 0));
  return sum / Math.max(one.length, 1);
}

/** On grey, so that what is transparent counts the same in both. */
function smallPixels(path: string): Promise<Buffer> {
  return decoder(path)
    .autoOrient()
    .resize(COMPARED_PIXELS, COMPARED_PIXELS, { fit: 'fill' })
    .toColourspace('srgb')
    .flatten({ background: 'grey' })
    .removeAlpha()
    .raw()
    .toBuffer();
}

function mismatch(reason: string, cause?: unknown): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', reason, { cause });
}
