import type { ContentKind } from '../../chat/description/content-kind.js';

const HEIF: ReadonlySet<string> = new Set(['image/heic', 'image/heif', 'image/heic-sequence', 'image/heif-sequence']);
const OTHERS: ReadonlySet<string> = new Set(['image/bmp', 'image/jp2', 'image/jxl']);

/**
 * Whether a picture has a format that ffmpeg decodes, but the build of sharp on npm does not
 * (https://sharp.pixelplumbing.com/install, "Custom libvips").
 */
export function isForeignPicture(content: ContentKind): boolean {
  return isHeif(content) || OTHERS.has(content.mimeType);
}

/** Whether it is HEIF, the format of phone cameras. */
export function isHeif({ mimeType }: ContentKind): boolean {
  return HEIF.has(mimeType);
}
