import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readMediaRun, runMediaClient } from '../../src/bench/media/media-client.js';
import { type MediaSamples, makeMediaSamples } from '../../src/bench/media/media-samples.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { findFfmpeg } from '../../src/media/ffmpeg/ffmpeg-binaries.js';

const { signal } = new AbortController();
let directory: string;
let samples: MediaSamples;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chatferry-bench-test-'));
  const ffmpeg = await findFfmpeg({ signal });
  samples = await makeMediaSamples({
    directory: join(directory, 'samples'),
    photoCount: 4,
    clipCount: 5,
    ffmpeg,
    signal,
  });
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('what media are measured with', () => {
  it('is photos of 3 to 12 megapixels with the weight of real ones, some of them standing', async () => {
    for (const path of samples.photos) {
      const { width, height, size = (await readFile(path)).length } = await sharp(path).metadata();
      const megapixels = (width * height) / 1e6;
      expect(megapixels).toBeGreaterThan(2.9);
      expect(megapixels).toBeLessThan(12.1);
      expect(size / (width * height)).toBeGreaterThan(0.2);
      expect(size / (width * height)).toBeLessThan(0.8);
    }
    expect((await sharp(samples.photos[0]).metadata()).orientation).toBe(6);
  });

  it('is files of which no two are equal', async () => {
    const paths = [...samples.photos, ...samples.clips];
    const hashes = await Promise.all(
      paths.map(async (path) =>
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      ),
    );
    expect(new Set(hashes).size).toBe(paths.length);
  });
});

describe('a client of the media benchmark', () => {
  it.each(['process', 'raw-sharp'] as const)('makes the same thumbnails as the other: %s', async (client) => {
    const { settings } = loadSettings({ env: {}, cwd: directory });
    const made = join(directory, client);
    const run = await runMediaClient(
      { client, files: samples.photos, workers: 2, directory: made },
      { settings, signal },
    );
    expect(run).toMatchObject({ thumbnailCount: 4, problemCount: 0 });
    // Rounding to milliseconds may add a little.
    if (client === 'process') expect(run.busyRatio).toBeLessThan(1.02);
    expect(readMediaRun(JSON.stringify(run))).toEqual(run);
    expect(run.peakResidentBytes).toBeGreaterThan(20_000_000);
    const [first = ''] = (await readdir(made)).filter((name) => !name.startsWith('.')).sort();
    const { width, height } = await sharp(join(made, first)).metadata();
    expect([width, height]).toEqual([240, 320]);
  });

  it('is refused when it printed no measurement', () => {
    expect(() => readMediaRun('{"wallSeconds":0}')).toThrow('no measurement');
  });
});
