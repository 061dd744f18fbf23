import type { ContentKind } from '../chat/description/content-kind.js';
import type { MediaFacts } from '../chat/description/media-facts.js';

/**
 * Bytes for each pixel that a decoder holds while it makes a thumbnail, by kind. Measured on pictures of 50 megapixels
 * with sharp 0.35 (the whole process less the 50 MB it has without a picture): JPEG 22 MB, PNG 48, WebP 16, TIFF 50,
 * AVIF 894, progressive JPEG 165, interlaced PNG 178.
 */
const BYTES_PER_PIXEL: Readonly<Record<string, number>> = { jpg: 1, png: 1.5, webp: 1, tif: 1.5, avif: 18 };
/** Kinds that are decoded whole before the first pixel can be had. */
const BYTES_PER_PIXEL_WHOLE = 4;
/** By ffmpeg 5.1 as PNG of full size, of 50 megapixels: 610 MB, and 695 where a colour has ten bits. */
const BYTES_PER_PIXEL_AS_PNG = 14;
/** The same scaled down on the way: 243 MB, and 366 with ten bits. */
const BYTES_PER_PIXEL_SCALED = 7.5;

/** Of a program that decodes one frame, beside the frame: ffmpeg 5.1 with H.264 of 1920 × 1080 took 70 MB, of 3840 × 2160 122 MB. */
const FRAME_BYTES = 50e6;
const FRAME_BYTES_PER_PIXEL = 9;
/** Of one that encodes a film: 197 MB (H.264) and 211 MB (AV1) of 1920 × 1080, 248 and 262 MB of 3840 × 2160. */
const ENCODER_BYTES = 190e6;
/** Of a copy of a picture: WebP of 2,560 pixels, AVIF of 1,600. */
const PICTURE_COPY_BYTES = 100e6;

/** What a job is to do, as far as it costs memory. */
export interface CostOptions {
  readonly content: ContentKind;
  /** Width and height must be there; of others nothing is known, and 0 is said. */
  readonly facts: MediaFacts;
  /** Whether the whole picture is decoded before the first pixel: progressive, interlaced. */
  readonly isWhole?: boolean;
  /** How ffmpeg makes a PNG of a picture that nothing else reads. */
  readonly asPng?: 'full' | 'scaled';
  readonly makesCopy: boolean;
}

/** Bytes that a job is expected to hold at its peak, beside the worker itself. An estimate: pixels by planes by bytes. */
export function decodingCost({ content, facts, isWhole, asPng, makesCopy }: CostOptions): number {
  const { width = 0, height = 0 } = facts;
  const pixels = width * height;
  if (content.kind === 'video') {
    const frame = FRAME_BYTES + pixels * FRAME_BYTES_PER_PIXEL;
    return makesCopy ? Math.max(frame, ENCODER_BYTES + pixels * FRAME_BYTES_PER_PIXEL) : frame;
  }
  const copyBytes = makesCopy ? PICTURE_COPY_BYTES : 0;
  return pixels * bytesPerPixel({ content, isWhole, asPng }) + copyBytes;
}

function bytesPerPixel({
  content,
  isWhole,
  asPng,
}: {
  readonly content: ContentKind;
  readonly isWhole: boolean | undefined;
  readonly asPng: CostOptions['asPng'];
}): number {
  if (asPng === 'scaled') return BYTES_PER_PIXEL_SCALED;
  if (asPng === 'full') return BYTES_PER_PIXEL_AS_PNG;
  const own = BYTES_PER_PIXEL[content.extension ?? ''] ?? BYTES_PER_PIXEL_WHOLE;
  return isWhole === true ? Math.max(own, BYTES_PER_PIXEL_WHOLE) : own;
}
