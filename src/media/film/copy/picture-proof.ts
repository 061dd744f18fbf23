import { decoder } from '../../image/image.js';
import type { ContentKind } from '../../../chat/description/content-kind.js';
import { isForeignPicture } from '../../image/foreign-picture.js';
import { ChatferryError, errorMessage } from '../../../errors/chatferry-error.js';
import { severalPictures } from './several-pictures.js';

/** Both pictures are compared at this size, in pixels. */
const COMPARED_PIXELS = 32;
/** Of 255, on average over all pixels and colors. Strong compression gives about 3, a different picture 40 and more. */
const MOST_DIFFERENCE = 16;
/** Tolerance for the aspect ratio: sizes are whole pixels. */
const ASPECT_SLACK = 0.02;

/**
 * Verifies that one picture is a copy of another: the original is a single picture; the copy decodes completely, has the same
 * aspect ratio and transparency, and looks the same. Looks are not compared where only ffmpeg reads the original.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` with what is wrong with the copy.
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

/** On gray, so that transparent parts count the same in both. */
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
