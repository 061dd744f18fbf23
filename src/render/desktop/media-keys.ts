import type { MediaRecord } from '../../chat/record.js';
import type { Media, MediaKind } from '../../chat/media.js';
import { type JsonObject, nonEmpty } from './json-text.js';

/** Telegram Desktop's texts for files that it did not download (SkipReason in export_output_json.cpp). */
const UNAVAILABLE = '(File unavailable, please try again later)';
const SKIPPED = {
  'too-large': '(File exceeds maximum size. Change data exporting settings to download.)',
  'kind-not-selected': '(File not included. Change data exporting settings to download.)',
} as const;

/** `media_type`; a plain file has none. */
const MEDIA_TYPES: Readonly<Partial<Record<MediaKind, string>>> = {
  sticker: 'sticker',
  'round-video': 'video_message',
  voice: 'voice_message',
  animation: 'animation',
  video: 'video_file',
  audio: 'audio_file',
};

/** The keys of a message's main file and its thumbnail. Desktop's format has no keys for files of other roles. */
export function mediaKeys(records: readonly MediaRecord[]): JsonObject {
  const main = records.find(({ media }) => media.role === 'main' && media.kind !== 'contact-card');
  if (main === undefined) return {};
  return main.media.kind === 'photo' ? photoKeys(main) : documentKeys(main, thumbnailOf(records));
}

/** The picture of a service message: a new photo of the chat, a suggested photo of a profile. */
export function chatPhotoKeys(records: readonly MediaRecord[]): JsonObject {
  const picture = records.find(({ media }) => media.role === 'chat-photo');
  return picture === undefined ? {} : photoKeys(picture);
}

/** The file of a contact card. */
export function vcardKeys(records: readonly MediaRecord[]): JsonObject {
  const card = records.find(({ media }) => media.kind === 'contact-card');
  return card === undefined ? {} : { contact_vcard: path(card), contact_vcard_file_size: sizeBytes(card) };
}

function thumbnailOf(records: readonly MediaRecord[]): MediaRecord | undefined {
  return records.find(({ media }) => media.role === 'thumbnail');
}

function photoKeys(record: MediaRecord): JsonObject {
  return {
    photo: path(record),
    photo_file_size: sizeBytes(record),
    ...dimensionKeys(record.media),
    ...openingKeys(record.media),
  };
}

function documentKeys(record: MediaRecord, thumbnail: MediaRecord | undefined): JsonObject {
  const { media } = record;
  return {
    file: path(record),
    file_name: nonEmpty(media.fileName),
    file_size: sizeBytes(record),
    thumbnail: thumbnail === undefined ? undefined : path(thumbnail),
    thumbnail_file_size: thumbnail === undefined ? undefined : sizeBytes(thumbnail),
    media_type: MEDIA_TYPES[media.kind],
    sticker_emoji: media.kind === 'sticker' ? nonEmpty(media.stickerEmoji) : undefined,
    performer: media.kind === 'audio' ? nonEmpty(media.performer) : undefined,
    title: media.kind === 'audio' ? nonEmpty(media.title) : undefined,
    mime_type: nonEmpty(media.mimeType),
    duration_seconds: wholeSeconds(media.durationSeconds),
    ...dimensionKeys(media),
    ...openingKeys(media),
  };
}

function dimensionKeys({ width, height }: Media): JsonObject | undefined {
  return width !== undefined && height !== undefined && width > 0 && height > 0 ? { width, height } : undefined;
}

function openingKeys({ hasSpoiler, ttlSeconds }: Media): JsonObject {
  return {
    media_spoiler: hasSpoiler === true ? true : undefined,
    self_destruct_period_seconds: ttlSeconds === undefined || ttlSeconds === 0 ? undefined : ttlSeconds,
  };
}

function path(record: MediaRecord): string {
  switch (record.state) {
    case 'stored':
      return record.file.path;
    case 'failed':
      return UNAVAILABLE;
    case 'skipped':
      return SKIPPED[record.reason];
  }
}

/** The size in the archive; otherwise the announced size; 0 where none was announced. */
function sizeBytes(record: MediaRecord): number {
  return record.state === 'stored' ? record.file.sizeBytes : (record.media.sizeBytes ?? 0);
}

function wholeSeconds(seconds: number | undefined): number | undefined {
  const whole = Math.trunc(seconds ?? 0);
  return whole > 0 ? whole : undefined;
}
