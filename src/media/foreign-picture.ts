import type { ContentKind } from './content-kind.js';

const FOREIGN: ReadonlySet<string> = new Set([
  'image/heic',
  'image/heif',
  'image/heic-sequence',
  'image/heif-sequence',
  'image/bmp',
  'image/jp2',
  'image/jxl',
]);

/**
 * Whether a picture is of a kind that sharp, as it comes from npm, has no decoder for, but ffmpeg may have: HEIC in
 * newer versions, the others for long (https://sharp.pixelplumbing.com/install, "Custom libvips").
 */
export function isForeignPicture({ mimeType }: ContentKind): boolean {
  return FOREIGN.has(mimeType);
}
