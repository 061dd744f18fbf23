import filenamify from 'filenamify';

import type { Media, MediaKind } from '../../chat/media.js';
import { MIGRATED_ID_OFFSET } from '../../chat/chat.js';
import type { Message } from '../../chat/message.js';
import { extensionOf, splitExtension } from './file-extension.js';
import { truncateToBytes } from './truncate.js';

/** One media item of one message; the file name is derived from it. */
export interface MediaTarget {
  readonly message: Message;
  readonly media: Media;
  /** Its position in `message.media`. */
  readonly index: number;
  /** The extension according to its bytes, without a dot, if it differs from that of the name. */
  readonly extension?: string;
}

/** The folder of partial files. The dot hides it. It is in the chat's folder to be on the same file system. */
export const PARTIAL_FOLDER = '.partial';

/** The folder inside it where derivatives are made. */
export const DERIVED_FOLDER: string = `${PARTIAL_FOLDER}/derived`;

/** Whether a file is a derivative by its name, which is the beginning of a hash and the kind of derivative. */
export function isDerivedName(name: string): boolean {
  return /^[0-9a-f]{32}\.[^/]+$/.test(name);
}

/** The folder of each kind, relative to the chat's folder. */
const FOLDER: Readonly<Record<MediaKind, string>> = {
  photo: 'media/photos',
  video: 'media/videos',
  'round-video': 'media/round-videos',
  voice: 'media/voice',
  audio: 'media/audio',
  animation: 'media/animations',
  sticker: 'media/stickers',
  document: 'media/documents',
  'contact-card': 'media/contacts',
  thumbnail: 'thumbs',
};

/** UTF-8 bytes of the readable part. The whole name then fits the strictest file system: 143 bytes (eCryptfs). */
const NAME_MAX_BYTES = 96;

/**
 * The path of a media file, relative to the chat's folder, with `/` on every platform:
 * `media/photos/2026-05-01_1234_sunset.jpg`, that is `<UTC date>_<message id>[_<n>]_<safe name>.<extension>`.
 *
 * Its first parts alone make it unique in its chat. They are ASCII, so this holds on file systems that ignore case or
 * the normalisation of Unicode too. `n` counts from 1. It is present if the media item is not the first of its message,
 * or if the name itself begins like a number `n`. The original name is only for readers: it never becomes a path.
 */
export function mediaPath({ message, media, index, extension = extensionOf(media) }: MediaTarget): string {
  const name = safeName(media);
  const number = index > 0 || /^\d+_/.test(name) ? `_${index + 1}` : '';
  return `${FOLDER[media.kind]}/${dateOf(message)}_${idName(message.id)}${number}_${name}.${extension}`;
}

/**
 * A message id inside a file name. Ids from the basic group that a chat was migrated from are negative: they become `m`
 * and their own id.
 */
export function idName(id: number): string {
  if (id >= 0) return String(id);
  return id > -MIGRATED_ID_OFFSET ? `m${id + MIGRATED_ID_OFFSET}` : `n${-id}`;
}

/** UTC. A date that no Telegram message can have counts as unknown. */
function dateOf({ dateMs }: Message): string {
  const date = new Date(dateMs);
  const year = date.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? date.toISOString().slice(0, 10) : '1970-01-01';
}

/** The stem of the original name, made valid on every file system and free of deceptive characters; else the kind. */
function safeName({ fileName, kind }: Media): string {
  const [stem] = splitExtension(fileName ?? '');
  const flat = filenamify(stem.normalize('NFC').replaceAll(/\s+/gu, ' '), {
    replacement: '_',
    maxLength: Number.MAX_SAFE_INTEGER,
  });
  // Joiners, direction marks and lone surrogates are invisible.
  const visible = flat.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '').replaceAll(/_{2,}/g, '_');
  const name = truncateToBytes(visible, NAME_MAX_BYTES).replaceAll(/^[\s._-]+|[\s.]+$/gu, '');
  return name === '' ? kind : name;
}
