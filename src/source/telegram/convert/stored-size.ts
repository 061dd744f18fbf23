import type { Api } from 'telegram';

/** One of the sizes that Telegram keeps of a picture or of its moving form. */
export interface StoredSize {
  /** Telegram's letter for it. */
  readonly type: string;
  readonly width: number;
  readonly height: number;
  /** As announced; undefined where it is not. */
  readonly sizeBytes: number | undefined;
}

/**
 * The long side of each type, in pixels (https://core.telegram.org/api/files#image-thumbnail-types). Those from `a` to
 * `d` are cut square, the others keep the whole picture.
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

/** An announced size in bytes. Telegram's 0 means that it does not know; less than nothing is no size either. */
export function announcedSize(sizeBytes: number | undefined): number | undefined {
  return sizeBytes !== undefined && sizeBytes > 0 ? sizeBytes : undefined;
}

/**
 * The largest size that can be fetched, by pixels; where they say nothing or the same, by type; else the last. Announced
 * bytes have no say: they may be 0 or wrong, and say little about a picture. Stripped sizes and outlines are drafts of the
 * picture, not the picture; a cached size counts only when there is no other.
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
        // Each entry is the length of a prefix that shows the picture a little sharper; the last is the whole file.
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
 * The largest moving form of a photo; one that is made of an emoji or a sticker (`videoSizeEmojiMarkup`) has no
 * bytes of its own.
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

/** Of a size that does not say it: what its type has at most. */
function pixelsOf(size: StoredSize): number {
  const { width, height } = size;
  return width > 0 && height > 0 ? width * height : longSideOf(size) ** 2;
}

function longSideOf({ type }: StoredSize): number {
  return LONG_SIDE[type] ?? 0;
}
