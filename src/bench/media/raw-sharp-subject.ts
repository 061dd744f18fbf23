import { basename, join } from 'node:path';

import pLimit from 'p-limit';
import sharp from 'sharp';

export interface RawThumbnailsOptions {
  /** An existing folder. */
  readonly directory: string;
  /** Pictures at once: sharp's own pool has four threads, and each picture takes one. */
  readonly count: number;
  readonly signal: AbortSignal;
}

/**
 * The baseline: the same thumbnails by sharp alone, in one process and in its fastest documented configuration.
 * Shrink-on-load, sequential reading, no cache, one thread per picture and as many pictures at once as there are cores
 * (https://sharp.pixelplumbing.com/performance/). Nothing is hashed, described or isolated.
 *
 * @returns How many were made.
 */
export async function makeRawThumbnails(
  files: readonly string[],
  { directory, count, signal }: RawThumbnailsOptions,
): Promise<number> {
  sharp.concurrency(1);
  sharp.cache(false);
  const limit = pLimit(count);
  const made = await Promise.all(
    files.map((file) =>
      limit(async () => {
        signal.throwIfAborted();
        await sharp(file, { sequentialRead: true })
          .autoOrient()
          .resize({ width: 320, height: 320, fit: 'inside', withoutEnlargement: true })
          .webp({ quality: 75, effort: 2 })
          .toFile(join(directory, `${basename(file)}.webp`));
      }),
    ),
  );
  return made.length;
}
