import { rgbaToThumbHash } from 'thumbhash';

/** Pixels in sRGB, 8 bits a channel, row by row: grey, grey and alpha, RGB, or RGB and alpha. */
export interface RawPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/**
 * Pixels of the longer side of what is hashed: a thumbhash keeps 7 waves a side at most
 * (https://github.com/evanw/thumbhash), and 100 pixels would take ten times the time to tell the same.
 */
const LONGER_SIDE = 32;

/**
 * A few bytes that a viewer shows until the picture is there: a thumbhash, base64.
 *
 * @param picture - Small already: each pixel is read.
 */
export function thumbHashOf(picture: RawPicture): string {
  const scale = Math.min(1, LONGER_SIDE / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  return Buffer.from(rgbaToThumbHash(width, height, shrink(picture, width, height))).toString('base64');
}

/** Each pixel is the mean of those it covers, the transparent ones counting for less. */
function shrink({ data, width, height, channels }: RawPicture, toWidth: number, toHeight: number): Uint8Array {
  const small = new Uint8Array(toWidth * toHeight * 4);
  const hasAlpha = channels === 2 || channels === 4;
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  const columns = Array.from({ length: toWidth + 1 }, (_, x) => Math.floor((x * width) / toWidth));
  for (let toY = 0; toY < toHeight; toY += 1) {
    const [top, bottom] = [Math.floor((toY * height) / toHeight), Math.floor(((toY + 1) * height) / toHeight)];
    for (let toX = 0; toX < toWidth; toX += 1) {
      const [left = 0, right = 0] = [columns[toX], columns[toX + 1]];
      let [reds, greens, blues, alphas] = [0, 0, 0, 0];
      for (let y = top; y < bottom; y += 1) {
        let at = (y * width + left) * channels;
        for (let x = left; x < right; x += 1, at += channels) {
          const alpha = hasAlpha ? (data[at + channels - 1] ?? 0) : 255;
          reds += (data[at] ?? 0) * alpha;
          greens += (data[at + green] ?? 0) * alpha;
          blues += (data[at + blue] ?? 0) * alpha;
          alphas += alpha;
        }
      }
      const count = (bottom - top) * (right - left);
      const weight = alphas === 0 ? 1 : alphas;
      small.set(
        [reds / weight, greens / weight, blues / weight, alphas / count].map(Math.round),
        (toY * toWidth + toX) * 4,
      );
    }
  }
  return small;
}
