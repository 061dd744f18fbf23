import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { type ThroughputPanel, throughputPicture } from '../../../src/bench/download/throughput-picture.js';

function panelOf(stepBytes: readonly number[], control: Partial<ThroughputPanel['control']> = {}): ThroughputPanel {
  return {
    title: 'large-0ms chatferry',
    wallSeconds: stepBytes.length / 10,
    series: stepBytes.map((bytes, index) => ({ atMs: index * 100, bytes })),
    control: { series: [], decisions: [], ...control },
  };
}

/** Share of pixels in a half of a panel's plot that carry a colour. */
async function filledShare(picture: string, half: 'left' | 'right', panel = 0): Promise<number> {
  const plot = { left: half === 'left' ? 66 : 482, top: panel * 170 + 36, width: 412, height: 106 };
  const pixels = await sharp(Buffer.from(picture)).extract(plot).removeAlpha().raw().toBuffer();
  let filled = 0;
  for (let at = 0; at < pixels.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(at, at + 3);
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > 60) filled += 1;
  }
  return filled / (pixels.length / 3);
}

describe('throughputPicture', () => {
  it('draws as much as came, when it came', async () => {
    const picture = throughputPicture([
      panelOf([4e6, 4e6, 4e6, 4e6, 4e6, 2e6, 2e6, 2e6, 2e6, 2e6]),
      panelOf([0, 0, 0, 0, 0, 1e6, 1e6, 1e6, 1e6, 1e6]),
    ]);
    expect(await filledShare(picture, 'left')).toBeGreaterThan(0.95);
    expect(await filledShare(picture, 'right')).toBeCloseTo(0.5, 1);
    expect(await filledShare(picture, 'left', 1)).toBeLessThan(0.05);
    expect(await filledShare(picture, 'right', 1)).toBeGreaterThan(0.95);
    expect(picture).toContain('large-0ms chatferry: 1.0 s, 30.0 MB/s');
  });

  it("shows a client's limit over time and says what each decision was", async () => {
    const series = [0, 500, 1000].map((timeMs) => ({ timeMs, inFlightRequests: 3, limit: 4 }));
    const decisions = [{ timeMs: 500, text: '4: grow <after> "flood"' }];
    const picture = throughputPicture([
      panelOf(
        Array.from({ length: 10 }, () => 1e6),
        { series, decisions },
      ),
    ]);
    expect(picture.match(/<polyline /g)).toHaveLength(2);
    expect(picture).toContain('<title>4: grow &lt;after&gt; "flood"</title>');
    expect((await sharp(Buffer.from(picture)).metadata()).width).toBe(960);
  });

  it('draws a run that nothing came of', async () => {
    const picture = throughputPicture([panelOf([])]);
    expect(picture).not.toContain('NaN');
    expect((await sharp(Buffer.from(picture)).metadata()).height).toBe(170);
  });
});
