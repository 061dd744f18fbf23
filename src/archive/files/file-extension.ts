import type { Media, MediaKind } from '../../chat/media.js';

/** Types that Telegram sends often (https://www.iana.org/assignments/media-types), without the dot: one type each. */
export const EXTENSION_OF_TYPE: Readonly<Record<string, string>> = {
  'application/epub+zip': 'epub',
  'application/gzip': 'gz',
  'application/json': 'json',
  'application/msword': 'doc',
  'application/pdf': 'pdf',
  'application/rtf': 'rtf',
  'application/vnd.android.package-archive': 'apk',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/x-7z-compressed': '7z',
  'application/x-rar-compressed': 'rar',
  'application/x-tar': 'tar',
  'application/x-tgsticker': 'tgs',
  'application/xml': 'xml',
  'application/zip': 'zip',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
  'audio/mp4': 'm4a',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'image/avif': 'avif',
  'image/bmp': 'bmp',
  'image/gif': 'gif',
  'image/heic': 'heic',
  'image/heif': 'heif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/svg+xml': 'svg',
  'image/tiff': 'tiff',
  'image/webp': 'webp',
  'text/calendar': 'ics',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/markdown': 'md',
  'text/plain': 'txt',
  'text/vcard': 'vcf',
  'video/mp4': 'mp4',
  'video/mpeg': 'mpg',
  'video/quicktime': 'mov',
  'video/webm': 'webm',
  'video/x-matroska': 'mkv',
  'video/x-msvideo': 'avi',
};

/** Other names of those types, as programs write them. */
const EXTENSION_OF_ALIAS: Readonly<Record<string, string>> = {
  'application/ogg': 'ogg',
  'audio/m4a': 'm4a',
  'audio/mp3': 'mp3',
  'audio/opus': 'opus',
  'audio/x-m4a': 'm4a',
  'audio/x-wav': 'wav',
  'text/x-vcard': 'vcf',
  'text/xml': 'xml',
};

const BY_MIME_TYPE: Readonly<Record<string, string>> = { ...EXTENSION_OF_TYPE, ...EXTENSION_OF_ALIAS };

/** Telegram's format of each kind if it names no other. */
const BY_KIND: Readonly<Partial<Record<MediaKind, string>>> = {
  photo: 'jpg',
  video: 'mp4',
  'round-video': 'mp4',
  animation: 'mp4',
  voice: 'ogg',
  sticker: 'webp',
  'contact-card': 'vcf',
  thumbnail: 'jpg',
};

/**
 * The extension of a media file, lower case, without the dot: from its original name if that has a plausible one, else
 * by its type, else by its kind, else `bin`. Never empty.
 */
export function extensionOf({ fileName, mimeType, kind }: Media): string {
  const [, own] = splitExtension(fileName ?? '');
  const type = mimeType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return own ?? (Object.hasOwn(BY_MIME_TYPE, type) ? BY_MIME_TYPE[type] : undefined) ?? BY_KIND[kind] ?? 'bin';
}

/**
 * Splits a name: `a.tar.GZ` → `['a.tar', 'gz']`. Only 1 to 10 ASCII letters and digits, with a letter among them or up
 * to 3 digits, count as an extension: `Report v1.20260501` has none.
 */
export function splitExtension(fileName: string): readonly [stem: string, extension: string | undefined] {
  const [whole, stem = '', extension = ''] = /^(.+)\.([a-z0-9]{1,10})$/isu.exec(fileName.trim()) ?? [];
  const plausible = whole !== undefined && (/[a-z]/i.test(extension) || extension.length <= 3);
  return plausible ? [stem, extension.toLowerCase()] : [fileName, undefined];
}
