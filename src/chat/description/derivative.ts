/** What can be made from a file. */
export type DerivativeKind =
  /** A small picture, WebP, upright, at most 320 pixels on its longer side. */
  | 'thumbnail'
  /** One frame of a film, WebP, as large as the film. */
  | 'poster'
  /** Frames side by side, WebP. */
  | 'storyboard'
  /** The picture in a song, WebP. */
  | 'cover'
  /** A smaller copy of the file. */
  | 'transcode'
  /** A copy of the file without metadata about its author. */
  | 'stripped';

/** A file that was made from another. */
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
