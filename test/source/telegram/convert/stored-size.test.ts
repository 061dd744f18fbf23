import fc from 'fast-check';
import { Api } from 'telegram';
import { describe, expect, it } from 'vitest';

import { largestSize, largestVideoSize } from '../../../../src/source/telegram/convert/stored-size.js';

function size(type: string, w: number, h: number, bytes: number): Api.PhotoSize {
  return new Api.PhotoSize({ type, w, h, size: bytes });
}

/** Whatever Telegram may announce: nothing, nonsense, lies. */
const announced = fc.oneof(fc.constantFrom(0, -1, 1), fc.integer({ min: 0, max: 2_000_000_000 }));
const PICTURES = [
  ['s', 90, 60],
  ['m', 320, 213],
  ['x', 800, 533],
  ['y', 1280, 853],
  ['w', 2560, 1707],
] as const;

describe('the best size of a photo', () => {
  it('is the one with the most pixels, for any announced bytes and any order', () => {
    const sizes = fc.shuffledSubarray([...PICTURES], { minLength: 1 });
    fc.assert(
      fc.property(sizes, fc.array(announced, { minLength: 5, maxLength: 5 }), (pictures, bytes) => {
        const most = [...pictures].sort((one, other) => other[1] - one[1])[0];
        const all = pictures.map(([type, w, h], index) => size(type, w, h, bytes[index] ?? 0));
        expect(largestSize(all)?.type).toBe(most?.[0]);
      }),
    );
  });

  it('is chosen by its type if no pixels are announced', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...PICTURES], { minLength: 1 }), announced, (pictures, bytes) => {
        const most = [...pictures].sort((one, other) => other[1] - one[1])[0];
        expect(largestSize(pictures.map(([type]) => size(type, 0, 0, bytes)))?.type).toBe(most?.[0]);
      }),
    );
    // The pixels of one are known, and those of a larger type are not.
    expect(largestSize([size('y', 0, 0, 0), size('x', 800, 533, 90_000)])?.type).toBe('y');
  });

  it.each([0, -1])('has no announced size if Telegram sends %i', (bytes) => {
    expect(largestSize([size('y', 1280, 853, bytes)])).toEqual({
      type: 'y',
      width: 1280,
      height: 853,
      sizeBytes: undefined,
    });
    const progressive = new Api.PhotoSizeProgressive({ type: 'y', w: 1280, h: 853, sizes: [] });
    expect(largestSize([progressive])).toMatchObject({ type: 'y', sizeBytes: undefined });
  });

  it('is never a cached one if there is another, however small', () => {
    const cached = new Api.PhotoCachedSize({ type: 'x', w: 800, h: 533, bytes: Buffer.alloc(9) });
    expect(largestSize([cached, size('s', 90, 60, 0)])?.type).toBe('s');
    expect(largestSize([cached])?.type).toBe('x');
  });
});

describe('the best animated version of a photo', () => {
  it('is the one with the most pixels, and never one without its own bytes', () => {
    const video = (type: string, side: number, bytes: number): Api.VideoSize =>
      new Api.VideoSize({ type, w: side, h: side, size: bytes });
    const emoji = new Api.VideoSizeEmojiMarkup({ emojiId: 1n as never, backgroundColors: [] });
    expect(largestVideoSize([emoji, video('u', 800, 0), video('p', 160, 900_000)])).toMatchObject({
      type: 'u',
      sizeBytes: undefined,
    });
    expect(largestVideoSize([emoji])).toBeUndefined();
  });
});
