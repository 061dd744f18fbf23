import type { ContentKind } from '../chat/description/content-kind.js';
import type { MediaFacts } from '../chat/description/media-facts.js';

/**
 * Bytes per pixel that a decoder holds while it makes a thumbnail, by format. Measured on pictures of 50 megapixels
 * with sharp 0.35 (the whole process less the 50 MB it has without a picture): JPEG 22 MB, PNG 48, WebP 16, TIFF 50,
 * AVIF 894, progressive JPEG 165, interlaced PNG 178.
 */
const BYTES_PER_PIXEL: Readonly<Record<string, number>> = { jpg: 1, png: 1.5, webp: 1, tif: 1.5, avif: 18 };
/** Formats that are decoded completely before the first pixel is available. */
const BYTES_PER_PIXEL_WHOLE = 4;
/** For a PNG of full size made by ffmpeg 5.1. Measured at 50 megapixels: 610 MB, and 695 MB with ten bits per color. */
const BYTES_PER_PIXEL_AS_PNG = 14;
/** The same, scaled down while decoding: 243 MB, and 366 MB with ten bits. */
const BYTES_PER_PIXEL_SCALED = 7.5;

/** Memory of a program that decodes one frame, without the frame. ffmpeg 5.1 with H.264: 70 MB at 1920 × 1080, 122 MB at 3840 × 2160. */
const FRAME_BYTES = 50e6;
const FRAME_BYTES_PER_PIXEL = 9;
/** Memory of an encoder: 197 MB (H.264) and 211 MB (AV1) at 1920 × 1080, 248 MB and 262 MB at 3840 × 2160. */
const ENCODER_BYTES = 190e6;
/** Memory for a copy of a picture: WebP of 2,560 pixels, AVIF of 1,600. */
const PICTURE_COPY_BYTES = 100e6;

/** The properties of a job that determine how much memory it takes. */
export interface CostOptions {
  readonly content: ContentKind;
  /** Needs width and height. Without them the cost is unknown, and the result is 0. */
  readonly facts: MediaFacts;
  /** Whether the whole picture is decoded before the first pixel: progressive, interlaced. */
  readonly isWhole?: boolean;
  /** How ffmpeg converts a picture that no other decoder reads to PNG. */
  readonly asPng?: 'full' | 'scaled';
  readonly makesCopy: boolean;
}

/** Estimates the peak memory of a job in bytes, without the worker itself: pixels × bytes per pixel. */
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
