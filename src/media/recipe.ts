import type { MediaJob } from './media-job.js';

/** Increases when the same file would be described differently, or other files would be made from it. */
const RECIPE_VERSION = 2;

/**
 * The name of the way in which files are described. The same bytes give the same description under the same name, so an
 * archive describes a file again only when the name has changed: `v2`, `v2+small+stripped`.
 */
export function recipeName({
  storyboard = false,
  transcode,
  stripMetadata = false,
}: Pick<MediaJob, 'storyboard' | 'transcode' | 'stripMetadata'>): string {
  return [
    `v${RECIPE_VERSION}`,
    ...(storyboard ? ['storyboard'] : []),
    ...(transcode === undefined ? [] : [transcode]),
    ...(stripMetadata ? ['stripped'] : []),
  ].join('+');
}

/** The name for a file that lacks something because there was no ffmpeg: it is described again when there is one. */
export function withoutFfmpeg(recipe: string): string {
  return `${recipe}-ffmpeg`;
}
