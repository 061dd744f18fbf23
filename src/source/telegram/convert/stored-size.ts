import type { Api } from 'telegram';

/** One of the sizes that Telegram stores of a picture or of its animated version. */
export interface StoredSize {
  /** Telegram's letter for the size. */
  readonly type: string;
  readonly width: number;
  readonly height: number;
  /** The announced size; undefined if unknown. */
  readonly sizeBytes: number | undefined;
}

/**
 * The longer side of each type, in pixels (https://core.telegram.org/api/files#image-thumbnail-types). Types `a` to `d`
 * are cropped to a square; the others show the whole picture.
 */
const LONG_SIDE: Readonly<Record<string, number>> = {
  s: 100,
  m: 320,
  x: 800,
  y: 1280,
  w: 2560,
  a: 160,
  b: 320,
  c: 640,
  d: 1280,
};

/** An announced size in bytes. Telegram uses 0 for an unknown size; negative values are invalid. */
export function announcedSize(sizeBytes: number | undefined): number | undefined {
  return sizeBytes !== undefined && sizeBytes > 0 ? sizeBytes : undefined;
}

/**
 * The largest size that can be fetched. Compares by pixels, then by type; between equals, the last one is taken.
 * Announced bytes are ignored: they may be 0 or wrong, and are not a measure of a picture's resolution. Stripped sizes
 * and outlines are only previews, so they are ignored. A cached size is used only if there is no other.
 */
export function largestSize(sizes: readonly Api.TypePhotoSize[]): StoredSize | undefined {
  let largest: StoredSize | undefined;
  let cached: StoredSize | undefined;
  for (const size of sizes) {
    switch (size.className) {
      case 'PhotoSize':
        largest = larger(largest, sizeOf(size, size.size));
        break;
      case 'PhotoSizeProgressive':
        // Each entry is the length of a prefix of the file that can be shown; the largest is the whole file.
        largest = larger(largest, sizeOf(size, Math.max(0, ...size.sizes)));
        break;
      case 'PhotoCachedSize':
        cached = larger(cached, sizeOf(size, size.bytes.length));
        break;
      default:
        break;
    }
  }
  return largest ?? cached;
}

/**
 * The largest animated version of a photo. One that is made of an emoji or a sticker (`videoSizeEmojiMarkup`) has no
 * bytes of its own and is ignored.
 */
export function largestVideoSize(sizes: readonly Api.TypeVideoSize[]): StoredSize | undefined {
  let largest: StoredSize | undefined;
  for (const video of sizes) {
    if (video.className === 'VideoSize') largest = larger(largest, sizeOf(video, video.size));
  }
  return largest;
}

function sizeOf(
  { type, w, h }: { readonly type: string; readonly w: number; readonly h: number },
  sizeBytes: number,
): StoredSize {
  return { type, width: w, height: h, sizeBytes: announcedSize(sizeBytes) };
}

function larger(one: StoredSize | undefined, other: StoredSize): StoredSize {
  if (one === undefined) return other;
  const byPixels = pixelsOf(other) - pixelsOf(one);
  const difference = byPixels === 0 ? longSideOf(other) - longSideOf(one) : byPixels;
  return difference >= 0 ? other : one;
}

/** The number of pixels. If width or height is missing, the maximum of the type. */
function pixelsOf(size: StoredSize): number {
  const { width, height } = size;
  return width > 0 && height > 0 ? width * height : longSideOf(size) ** 2;
}

function longSideOf({ type }: StoredSize): number {
  return LONG_SIDE[type] ?? 0;
}
