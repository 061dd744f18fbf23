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

/** Of the longer side of a smaller copy of a picture, at most. */
export const COPY_PIXELS = 2560;

/** What the name of a derivative ends with, behind the name of its job and a dot. The last two have an extension too. */
export type DerivativeEnding = 'thumb.webp' | 'poster.webp' | 'cover.webp' | 'storyboard.webp' | 'small' | 'stripped';

/** Whether a file name is that of a derivative of the job of this name, by {@link DerivativeEnding}. */
export function isDerivativeName(file: string, jobName: string): boolean {
  return jobNameOf(file) === jobName;
}

/** The name of the job that would have made a file of this name. Undefined where no job makes such a file. */
export function jobNameOf(file: string): string | undefined {
  return /^(.+)\.(?:(?:thumb|poster|cover|storyboard)\.webp|(?:small|stripped)\.\w{1,5})$/.exec(file)?.[1];
}
