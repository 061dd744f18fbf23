import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { concurrencyPicture } from '../../../src/bench/export/concurrency-picture.js';
import { ConcurrencySeries } from '../../../src/metrics/concurrency-series.js';

function steadySeries(inFlight: number): ReturnType<ConcurrencySeries['points']> {
  let nowMs = 0;
  const series = new ConcurrencySeries(() => nowMs);
  series.set(inFlight, 8);
  nowMs = 1000;
  return series.points();
}

/** Share of pixels in the plot of a panel that carry its colour. */
async function filledShare(picture: string, panel: number): Promise<number> {
  const plot = { left: 57, top: panel * 150 + 36, width: 878, height: 86 };
  const pixels = await sharp(Buffer.from(picture)).extract(plot).removeAlpha().raw().toBuffer();
  let filled = 0;
  for (let at = 0; at < pixels.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(at, at + 3);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60) filled += 1;
  }
  return filled / (pixels.length / 3);
}

describe('concurrencyPicture', () => {
  it('draws each subject as high as it was concurrent and as long as it took', async () => {
    const picture = concurrencyPicture(
      [
        { title: 'sequential', wallSeconds: 1, series: steadySeries(1) },
        { title: 'window', wallSeconds: 1, series: steadySeries(8) },
      ],
      8,
    );
    expect(await filledShare(picture, 0)).toBeCloseTo(1 / 8, 1);
    expect(await filledShare(picture, 1)).toBeGreaterThan(0.95);
  });
});
