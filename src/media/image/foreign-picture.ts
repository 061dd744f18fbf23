import type { ContentKind } from '../../chat/description/content-kind.js';

const HEIF: ReadonlySet<string> = new Set(['image/heic', 'image/heif', 'image/heic-sequence', 'image/heif-sequence']);
const OTHERS: ReadonlySet<string> = new Set(['image/bmp', 'image/jp2', 'image/jxl']);

/**
 * Whether a picture is of a kind that sharp, as it comes from npm, has no decoder for, but ffmpeg has
 * (https://sharp.pixelplumbing.com/install, "Custom libvips").
 */
export function isForeignPicture(content: ContentKind): boolean {
  return isHeif(content) || OTHERS.has(content.mimeType);
}

/** Whether it is a container of pictures as telephones write it. */
export function isHeif({ mimeType }: ContentKind): boolean {
  return HEIF.has(mimeType);
}
