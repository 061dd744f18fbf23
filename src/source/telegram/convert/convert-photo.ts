import type { Api } from 'telegram';

import type { Media, MediaRole } from '../../../chat/media.js';
import { flag, present } from './convert-absent.js';
import { largestSize, largestVideoSize, type StoredSize } from './stored-size.js';
import { type TelegramLocation, withLocation } from './telegram-location.js';

/** Facts about a photo or document that are in its message and not in the object itself. */
export interface MediaPlace {
  readonly role: MediaRole;
  readonly spoiler?: boolean | null | undefined;
  readonly ttlSeconds?: number | null | undefined;
}

/** The reason why a self-destructing file has no bytes. */
export const SELF_DESTRUCTED = 'It destroyed itself after it was opened, or its time ran out.';
/** The reason why a file that Telegram still names but no longer describes has no bytes. */
export const GONE = 'Telegram no longer has it.';

/**
 * Converts a photo, in its largest size. Without one, the result says in `unavailableReason` why there are no bytes.
 *
 * @param photo - Absent if it self-destructed.
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
 * The animated version of a profile photo or chat photo: the largest video that Telegram stores of it. Undefined if
 * there is none.
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
