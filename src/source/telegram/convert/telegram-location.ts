import type { Media } from '../../../chat/media.js';

/**
 * What `upload.getFile` needs to find the bytes of one file. The file reference goes stale after a while and is then
 * renewed by fetching the message again (https://core.telegram.org/api/file_reference).
 */
export interface TelegramLocation {
  /** Which `InputFileLocation` to ask with: `inputPhotoFileLocation` or `inputDocumentFileLocation`. */
  readonly kind: 'photo' | 'document';
  /** Signed 64-bit, decimal. */
  readonly id: string;
  /** Signed 64-bit, decimal. */
  readonly accessHash: string;
  readonly fileReference: Uint8Array;
  /** The `type` of a photo size or a thumbnail (`x`, `m`); empty for a document itself. */
  readonly thumbSize: string;
  /** The data centre that holds the bytes. */
  readonly dcId: number;
}

/**
 * A key that no other file has: only this source sees the location. It goes along when a medium is copied
 * (`{ ...media }`), ends with the last copy, and is left out by JSON and structured clones, so it is never stored.
 */
const LOCATION: unique symbol = Symbol('where Telegram has the bytes');

/** A medium that may know where its bytes are. One that comes out of an archive does not. */
type LocatedMedia = Media & { readonly [LOCATION]?: TelegramLocation };

/** A copy of a medium that knows where its bytes are. */
export function withLocation(media: Media, location: TelegramLocation): Media {
  const located: LocatedMedia = { ...media, [LOCATION]: location };
  return located;
}

/** Where the bytes are. Undefined: fetch its message again to find out. */
export function locationOf(media: LocatedMedia): TelegramLocation | undefined {
  return media[LOCATION];
}
