import sharp from 'sharp';
import { thumbHashToAverageRGBA, thumbHashToRGBA } from 'thumbhash';
import { describe, expect, it } from 'vitest';

import { type RawPicture, thumbHashOf } from '../../../src/media/image/placeholder.js';

const bytesOf = (picture: RawPicture): Buffer => Buffer.from(thumbHashOf(picture), 'base64');

function filled(width: number, height: number, pixel: readonly number[]): RawPicture {
  const data = Uint8Array.from({ length: width * height * pixel.length }, (_, at) => pixel[at % pixel.length] ?? 0);
  return { data, width, height, channels: pixel.length as RawPicture['channels'] };
}

describe('the placeholder of a picture', () => {
  it.each([
    ['red', [200, 20, 20], { r: 200, g: 20, b: 20, a: 255 }],
    ['half transparent blue', [20, 20, 200, 128], { r: 20, g: 20, b: 200, a: 128 }],
    ['grey', [90], { r: 90, g: 90, b: 90, a: 255 }],
    ['transparent grey', [90, 64], { r: 90, g: 90, b: 90, a: 64 }],
  ] as const)('has the colour of one that is %s all over', (_, pixel, expected) => {
    const { r, g, b, a } = thumbHashToAverageRGBA(bytesOf(filled(320, 200, pixel)));
    const values = [r, g, b, a].map((value) => value * 255);
    for (const [index, value] of [expected.r, expected.g, expected.b, expected.a].entries()) {
      expect(Math.abs((values[index] ?? 0) - value)).toBeLessThan(16);
    }
  });

  it('has its dark and light sides where the picture has them, and its shape', async () => {
    const { data, info } = await sharp({
      create: { width: 320, height: 160, channels: 3, background: '#101010' },
    })
      .composite([
        { input: { create: { width: 160, height: 160, channels: 3, background: '#f0f0f0' } }, left: 160, top: 0 },
      ])
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { w, h, rgba } = thumbHashToRGBA(
      bytesOf({ data, width: info.width, height: info.height, channels: info.channels }),
    );
    const middle = Math.floor(h / 2) * w;
    expect(w / h).toBeCloseTo(2, 0);
    expect(rgba[(middle + 2) * 4]).toBeLessThan(80);
    expect(rgba[(middle + w - 3) * 4]).toBeGreaterThan(170);
  });

  it('takes no colour from what nobody sees', () => {
    const data = Uint8Array.from({ length: 64 * 64 * 4 }, (_, at) =>
      Math.floor(at / 4) % 2 === 0 ? ([250, 0, 0, 0][at % 4] ?? 0) : ([0, 0, 250, 255][at % 4] ?? 0),
    );
    const { r, b } = thumbHashToAverageRGBA(bytesOf({ data, width: 64, height: 64, channels: 4 }));
    expect(r).toBeLessThan(0.1);
    expect(b).toBeGreaterThan(0.9);
  });

  it.each([
    [1, 1],
    [1, 320],
    [320, 3],
    [31, 33],
  ])('is made of %i × %i pixels as well', (width, height) => {
    expect(bytesOf(filled(width, height, [120, 130, 140])).length).toBeGreaterThan(4);
  });
});
