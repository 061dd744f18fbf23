import { extname } from 'node:path';

import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { OutgoingFile } from '../../upload-target.js';

/**
 * What Kimi does with a file: extracts its text, or keeps it for a model
 * (https://platform.kimi.ai/docs/api/files-upload).
 */
export type KimiPurpose = 'file-extract' | 'image' | 'video';

/** Files whose text Kimi extracts: https://platform.kimi.ai/docs/api/files-upload, "Supported formats". */
const READABLE: ReadonlySet<string> = new Set(
  (
    'pdf txt csv doc docx xls xlsx ppt pptx md jpeg jpg png bmp gif svg svgz webp ico xbm dib pjp tif pjpeg avif dot apng epub ' +
    'tiff jfif html json mobi log go h c cpp cxx cc cs java js css jsp php py py3 asp yaml yml ini conf ts tsx'
  ).split(' '),
);
const IMAGES: ReadonlySet<string> = new Set(
  'jpeg jpg png bmp gif webp ico xbm dib pjp tif tiff pjpeg avif apng jfif heic'.split(' '),
);
const VIDEOS: ReadonlySet<string> = new Set('mp4 mpeg mpg mov avi flv webm wmv 3gp 3gpp mkv m4v'.split(' '));

/**
 * The purpose of a file.
 *
 * @param chosen - The user's own choice; `auto`: by the kind of file.
 * @throws {ChatferryError} `STORE_REFUSED` naming the file if its text is wanted but cannot be extracted.
 */
export function purposeOf({ name, contentType }: OutgoingFile, chosen: KimiPurpose | 'auto'): KimiPurpose {
  const kind = extname(name).slice(1).toLowerCase();
  const purpose = chosen === 'auto' ? purposeByKind(kind, contentType) : chosen;
  if (purpose !== 'file-extract' || READABLE.has(kind)) return purpose;
  const what = kind === '' ? 'files without an extension' : `.${kind} files`;
  const message = `${name}: Kimi reads no ${what}. Leave it out, or send it to another target.`;
  throw new ChatferryError('STORE_REFUSED', message);
}

function purposeByKind(kind: string, contentType: string): KimiPurpose {
  if (IMAGES.has(kind) || (kind === '' && contentType.startsWith('image/'))) return 'image';
  if (VIDEOS.has(kind) || (kind === '' && contentType.startsWith('video/'))) return 'video';
  return 'file-extract';
}
