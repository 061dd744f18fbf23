import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { speedPicture } from '../../../src/bench/media/speed-picture.js';

/** Pixels of a bar's middle line that carry a colour. */
async function lengthOfBar(picture: string, row: number): Promise<number> {
  const line = { left: 120, top: 40 + row * 44 + 4, width: 580, height: 1 };
  const pixels = await sharp(Buffer.from(picture)).extract(line).removeAlpha().raw().toBuffer();
  let length = 0;
  for (let at = 0; at < pixels.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(at, at + 3);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60) length += 1;
  }
  return length;
}

describe('speedPicture', () => {
  it('draws bars as long as their subjects are fast', async () => {
    const picture = speedPicture(
      [
        { title: 'sequential', perSecond: 10, note: '100 MB' },
        { title: '2-workers', perSecond: 20, note: '200 MB' },
      ],
      'files a second',
    );
    const [half, whole] = [await lengthOfBar(picture, 0), await lengthOfBar(picture, 1)];
    expect(half / whole).toBeCloseTo(0.5, 1);
    expect(picture).toContain('20.0 (200 MB)');
  });

  it('draws subjects that did nothing', () => {
    expect(speedPicture([{ title: 'none', perSecond: 0, note: '' }], 'files')).not.toContain('NaN');
    expect(speedPicture([], 'files')).toContain('</svg>');
  });
});
