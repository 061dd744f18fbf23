/** Where a picture was taken, in degrees (WGS 84). */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** What is known of a medium from its bytes. A field is absent where the bytes do not tell, or were not asked. */
export interface MediaFacts {
  /** Pixels, as it is to be shown: turned already, and of square pixels. */
  readonly width?: number;
  /** Pixels, as it is to be shown: turned already, and of square pixels. */
  readonly height?: number;
  /** Degrees clockwise by which the stored picture is turned to be shown. 0 is left out. */
  readonly rotation?: 90 | 180 | 270;
  readonly durationSeconds?: number;
  readonly hasAlpha?: boolean;
  /** More than one frame in time: pages are none. */
  readonly isAnimated?: boolean;
  /** ffprobe's names: `h264`, `vp9`, … */
  readonly videoCodec?: string;
  /** ffprobe's names: `opus`, `mp3`, … */
  readonly audioCodec?: string;
  /** When it was taken, by its own clock: ISO 8601, with a zone where it names one: `2024-05-06T07:08:09+02:00`. */
  readonly takenAt?: string;
  readonly position?: Position;
  readonly title?: string;
  readonly performer?: string;
  readonly album?: string;
}
