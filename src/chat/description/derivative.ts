/** What is made from a medium. */
export type DerivativeKind =
  /** A small picture, WebP, upright, at most 320 pixels on its longer side. */
  | 'thumbnail'
  /** One frame of a film, WebP, as large as the film. */
  | 'poster'
  /** Frames beside each other, WebP. */
  | 'storyboard'
  /** The picture in a song, WebP. */
  | 'cover'
  /** A smaller copy of the medium. */
  | 'transcode'
  /** A copy of the medium without metadata about its maker. */
  | 'stripped';

/** A file that was made from a medium. */
export interface Derivative {
  readonly kind: DerivativeKind;
  /** Absolute where it was just made; relative to the chat's folder, with `/` on every platform, in an archive. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mimeType: string;
  /** Pixels; absent for sound. */
  readonly width?: number;
  readonly height?: number;
}
