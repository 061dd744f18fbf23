import { rgbaToThumbHash } from 'thumbhash';

/** Pixels in sRGB, 8 bits per channel, row by row: gray, gray and alpha, RGB, or RGB and alpha. */
export interface RawPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/**
 * The longer side in pixels of the input: a thumbhash keeps at most 7 frequencies per side
 * (https://github.com/evanw/thumbhash), and 100 pixels would take ten times as long for the same result.
 */
const LONGER_SIDE = 32;

/**
 * A few bytes that a viewer shows until the picture is loaded: a thumbhash, base64.
 *
 * @param picture - A small one: every pixel is read.
 */
export function thumbHashOf(picture: RawPicture): string {
  const scale = Math.min(1, LONGER_SIDE / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  return Buffer.from(rgbaToThumbHash(width, height, shrink(picture, width, height))).toString('base64');
}

/** Scales down: each pixel is the mean of those that it covers, weighted by opacity. */
function shrink({ data, width, height, channels }: RawPicture, toWidth: number, toHeight: number): Uint8Array {
  const small = new Uint8ClampedArray(toWidth * toHeight * 4); // Rounds on assignment.
  const hasAlpha = channels === 2 || channels === 4;
  const green = channels < 3 ? 0 : 1;
  const blue = channels < 3 ? 0 : 2;
  const edge = (at: number, from: number, to: number): number => Math.floor((at * from) / to);
  let smallAt = 0;
  for (let toY = 0; toY < toHeight; toY += 1) {
    const top = edge(toY, height, toHeight);
    const bottom = edge(toY + 1, height, toHeight);
    for (let toX = 0; toX < toWidth; toX += 1, smallAt += 4) {
      const left = edge(toX, width, toWidth);
      const right = edge(toX + 1, width, toWidth);
      let reds = 0;
      let greens = 0;
      let blues = 0;
      let alphas = 0;
      for (let y = top; y < bottom; y += 1) {
        const end = (y * width + right) * channels;
        for (let at = (y * width + left) * channels; at < end; at += channels) {
          const alpha = hasAlpha ? (data[at + channels - 1] ?? 0) : 255;
          reds += (data[at] ?? 0) * alpha;
          greens += (data[at + green] ?? 0) * alpha;
          blues += (data[at + blue] ?? 0) * alpha;
          alphas += alpha;
        }
      }
      const weight = alphas === 0 ? 1 : alphas;
      small[smallAt] = reds / weight;
      small[smallAt + 1] = greens / weight;
      small[smallAt + 2] = blues / weight;
      small[smallAt + 3] = alphas / ((bottom - top) * (right - left));
    }
  }
  return new Uint8Array(small.buffer);
}
