import type { Api } from 'telegram';

import type { Media, MediaRole } from '../../../chat/media.js';
import { flag, present } from './convert-absent.js';
import { largestSize, largestVideoSize, type StoredSize } from './stored-size.js';
import { type TelegramLocation, withLocation } from './telegram-location.js';

/** What a message says about a photo or document beside the object itself. */
export interface MediaPlace {
  readonly role: MediaRole;
  readonly spoiler?: boolean | null | undefined;
  readonly ttlSeconds?: number | null | undefined;
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
  const media = present<Media>({
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
  });
  return size === undefined ? media : withLocation(media, photoLocation(photo, size));
}

/**
 * The moving form of a profile photo or chat photo: the largest video that Telegram keeps of it. Undefined where it does
 * not move.
 */
export function convertPhotoVideo(photo: Api.TypePhoto, role: MediaRole): Media | undefined {
  if (photo.className !== 'Photo') return undefined;
  const largest = largestVideoSize(photo.videoSizes ?? []);
  if (largest === undefined) return undefined;
  const media = present<Media>({
    kind: 'animation',
    role,
    remoteId: `photo:${photo.id.toString()}:video:${largest.type}`,
    sizeBytes: largest.sizeBytes,
    mimeType: 'video/mp4',
    width: largest.width,
    height: largest.height,
  });
  return withLocation(media, photoLocation(photo, largest));
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
