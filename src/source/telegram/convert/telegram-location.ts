/**
 * What `upload.getFile` needs to find the bytes of one medium. Set by the converter as `Media.location`; the file
 * reference goes stale after a while and is then renewed by fetching the message again
 * (https://core.telegram.org/api/file_reference).
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
