import type { Media } from '../../../chat/media.js';

/**
 * The location of a file, as `upload.getFile` needs it. The file reference expires after some time and is renewed by
 * fetching the message again (https://core.telegram.org/api/file_reference).
 */
export interface TelegramLocation {
  /** Selects the `InputFileLocation`: `inputPhotoFileLocation` or `inputDocumentFileLocation`. */
  readonly kind: 'photo' | 'document';
  /** Signed 64-bit, decimal. */
  readonly id: string;
  /** Signed 64-bit, decimal. */
  readonly accessHash: string;
  readonly fileReference: Uint8Array;
  /** The `type` of a photo size or thumbnail (`x`, `m`); empty for the document itself. */
  readonly thumbSize: string;
  /** The data centre that holds the bytes. */
  readonly dcId: number;
}

/**
 * The key of the location in a `Media`. It is private to this module, so only this source can read the location. Copies
 * (`{ ...media }`) include the location; JSON and structured clones omit it, so it is never stored.
 */
const LOCATION: unique symbol = Symbol('telegram location');

/** A `Media` that may have a location. One that was read from an archive has none. */
type LocatedMedia = Media & { readonly [LOCATION]?: TelegramLocation };

/** A copy of `media` with a location. */
export function withLocation(media: Media, location: TelegramLocation): Media {
  const located: LocatedMedia = { ...media, [LOCATION]: location };
  return located;
}

/** The location of the file. If undefined, the message has to be fetched again. */
export function locationOf(media: LocatedMedia): TelegramLocation | undefined {
  return media[LOCATION];
}
