/** What is made from a medium. */
export type DerivativeKind =
  /** WebP, upright, at most {@link THUMBNAIL_PIXELS} on its longer side. */
  | 'thumbnail'
  /** One frame of a film, WebP, as large as the film. */
  | 'poster'
  /** Frames beside each other, WebP. */
  | 'storyboard'
  /** The picture in a song, WebP. */
  | 'cover'
  /** The medium again, smaller. */
  | 'transcode'
  /** The medium again, without what it tells of its maker. */
  | 'stripped';

/** A file that was made. */
export interface Derivative {
  readonly kind: DerivativeKind;
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mimeType: string;
  /** Pixels; absent for sound. */
  readonly width?: number;
  readonly height?: number;
}

/** Sharp on a screen of double density in a column of 160 points. */
export const THUMBNAIL_PIXELS = 320;
