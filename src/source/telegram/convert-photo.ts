import type { Api } from 'telegram';

import type { Media, MediaRole } from '../../chat/media.js';
import { flag, present } from './convert-absent.js';
import type { TelegramLocation } from './telegram-location.js';

/** What a message says about a photo or document beside the object itself. */
export interface MediaPlace {
  readonly role: MediaRole;
  readonly spoiler?: boolean | null | undefined;
  readonly ttlSeconds?: number | null | undefined;
}

/** One of the sizes that Telegram keeps of a picture. */
export interface StoredSize {
  /** Telegram's letter for it. */
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly sizeBytes: number;
}

/** Says why a self-destructing medium has no bytes. */
export const SELF_DESTRUCTED = 'It destroyed itself after it was opened, or its time ran out.';
/** Says why a medium that Telegram names but no longer describes has no bytes. */
export const GONE = 'Telegram no longer has it.';

/**
 * A photo in its largest size. Without a photo the medium is there all the same, and says why it has no bytes.
 *
 * @param photo - Absent when it destroyed itself.
 */
export function convertPhoto(photo: Api.TypePhoto | null | undefined, place: MediaPlace): Media {
  const { role, ttlSeconds } = place;
  const hasSpoiler = flag(place.spoiler);
  if (photo == null || photo.className === 'PhotoEmpty') {
    return present<Media>({
      kind: 'photo',
      role,
      remoteId: photo == null ? undefined : `photo:${photo.id.toString()}`,
      hasSpoiler,
      ttlSeconds,
      unavailableReason: photo == null ? SELF_DESTRUCTED : GONE,
    });
  }
  const size = largestSize(photo.sizes);
  return present<Media>({
    kind: 'photo',
    role,
    remoteId: `photo:${photo.id.toString()}`,
    sizeBytes: size?.sizeBytes,
    mimeType: 'image/jpeg',
    width: size?.width,
    height: size?.height,
    hasSpoiler,
    ttlSeconds,
    unavailableReason: size === undefined ? GONE : undefined,
    location: size === undefined ? undefined : photoLocation(photo, size),
  });
}

/**
 * The moving form of a profile photo or chat photo: the largest video that Telegram keeps of it. Undefined where it does
 * not move; one that is made of an emoji or a sticker (`videoSizeEmojiMarkup`) has no bytes of its own.
 */
export function convertPhotoVideo(photo: Api.TypePhoto, role: MediaRole): Media | undefined {
  if (photo.className !== 'Photo') return undefined;
  let largest: StoredSize | undefined;
  for (const video of photo.videoSizes ?? []) {
    if (video.className !== 'VideoSize') continue;
    largest = larger(largest, { type: video.type, width: video.w, height: video.h, sizeBytes: video.size });
  }
  if (largest === undefined) return undefined;
  return {
    kind: 'animation',
    role,
    remoteId: `photo:${photo.id.toString()}:video:${largest.type}`,
    sizeBytes: largest.sizeBytes,
    mimeType: 'video/mp4',
    width: largest.width,
    height: largest.height,
    location: photoLocation(photo, largest),
  };
}

/**
 * The largest size by bytes that can be fetched. Stripped sizes and outlines are drafts of the picture, not the
 * picture; a cached size counts only when there is no other.
 */
export function largestSize(sizes: readonly Api.TypePhotoSize[]): StoredSize | undefined {
  let largest: StoredSize | undefined;
  let cached: StoredSize | undefined;
  for (const size of sizes) {
    switch (size.className) {
      case 'PhotoSize':
        largest = larger(largest, { type: size.type, width: size.w, height: size.h, sizeBytes: size.size });
        break;
      case 'PhotoSizeProgressive':
        // Each entry is the length of a prefix that shows the picture a little sharper; the last is the whole file.
        largest = larger(largest, {
          type: size.type,
          width: size.w,
          height: size.h,
          sizeBytes: size.sizes.at(-1) ?? 0,
        });
        break;
      case 'PhotoCachedSize':
        cached = larger(cached, { type: size.type, width: size.w, height: size.h, sizeBytes: size.bytes.length });
        break;
      default:
        break;
    }
  }
  return largest ?? cached;
}

function larger(a: StoredSize | undefined, b: StoredSize): StoredSize {
  return a === undefined || b.sizeBytes >= a.sizeBytes ? b : a;
}

function photoLocation(photo: Api.Photo, size: StoredSize): TelegramLocation {
  return {
    kind: 'photo',
    id: photo.id.toString(),
    accessHash: photo.accessHash.toString(),
    fileReference: photo.fileReference,
    thumbSize: size.type,
    dcId: photo.dcId,
  };
}
