import filenamify from 'filenamify';

import type { Media, MediaKind } from '../../chat/media.js';
import { MIGRATED_ID_OFFSET } from '../../chat/chat.js';
import type { Message } from '../../chat/message.js';
import { extensionOf, splitExtension } from './file-extension.js';
import { truncateToBytes } from './truncate.js';

/** One medium of one message: what a file is named after. */
export interface MediaTarget {
  readonly message: Message;
  readonly media: Media;
  /** Its position in `message.media`. */
  readonly index: number;
  /** What its bytes say that its name should end with, without a dot, where that is something else. */
  readonly extension?: string;
}

/** Files on their way. A dot keeps it out of sight, the chat's folder keeps it on the same file system. */
export const PARTIAL_FOLDER = '.partial';

/** Inside it: where derivatives are made. */
export const DERIVED_FOLDER: string = `${PARTIAL_FOLDER}/derived`;

/** Whether a file is a derivative, by its name: the beginning of a hash, and what it is. */
export function isDerivedName(name: string): boolean {
  return /^[0-9a-f]{32}\.[^/]+$/.test(name);
}

/** Where each kind goes, relative to the chat's folder. */
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

/** UTF-8 bytes of the readable part; the whole name then fits the least that a file system takes: 143 (eCryptfs). */
const NAME_MAX_BYTES = 96;

/**
 * The path of a medium's file, relative to the chat's folder, with `/` on every platform:
 * `media/photos/2026-05-01_1234_sunset.jpg`, that is `<UTC date>_<message id>[_<n>]_<safe name>.<extension>`.
 *
 * It is unique in its chat by its first parts alone, which are ASCII, so also where case or the normalisation of Unicode
 * is ignored. `n` counts from 1 and stands where the medium is not the first of its message, and where the name would
 * be taken for one that has it. The original name only decides what people read: it is never a path.
 */
export function mediaPath({ message, media, index, extension = extensionOf(media) }: MediaTarget): string {
  const name = safeName(media);
  const number = index > 0 || /^\d+_/.test(name) ? `_${index + 1}` : '';
  return `${FOLDER[media.kind]}/${dateOf(message)}_${idName(message.id)}${number}_${name}.${extension}`;
}

/** A message id inside a name. Those of the basic group that a chat was migrated from are negative: `m` and their own id. */
export function idName(id: number): string {
  if (id >= 0) return String(id);
  return id > -MIGRATED_ID_OFFSET ? `m${id + MIGRATED_ID_OFFSET}` : `n${-id}`;
}

/** UTC. A date that cannot be a Telegram message's counts as unknown. */
function dateOf({ dateMs }: Message): string {
  const date = new Date(dateMs);
  const year = date.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? date.toISOString().slice(0, 10) : '1970-01-01';
}

/** The stem of the original name as any file system takes it and no reader is deceived by it; else the kind. */
function safeName({ fileName, kind }: Media): string {
  const [stem] = splitExtension(fileName ?? '');
  const flat = filenamify(stem.normalize('NFC').replaceAll(/\s+/gu, ' '), {
    replacement: '_',
    maxLength: Number.MAX_SAFE_INTEGER,
  });
  // Joiners, marks of direction and halves of surrogate pairs are nothing to see.
  const visible = flat.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '').replaceAll(/_{2,}/g, '_');
  const name = truncateToBytes(visible, NAME_MAX_BYTES).replaceAll(/^[\s._-]+|[\s.]+$/gu, '');
  return name === '' ? kind : name;
}
