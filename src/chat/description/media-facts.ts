/** Where a picture was taken, in degrees (WGS 84). */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** What is known of a file from its bytes. A field is absent where the bytes do not say, or were not read for it. */
export interface MediaFacts {
  /** Pixels as displayed: after rotation, with square pixels. */
  readonly width?: number;
  /** Pixels as displayed: after rotation, with square pixels. */
  readonly height?: number;
  /** Degrees clockwise by which the stored picture is rotated for display. Absent for 0. */
  readonly rotation?: 90 | 180 | 270;
  readonly durationSeconds?: number;
  readonly hasAlpha?: boolean;
  /** Whether it has more than one frame in time. Pages do not count. */
  readonly isAnimated?: boolean;
  /** ffprobe's names: `h264`, `vp9`, … */
  readonly videoCodec?: string;
  /** ffprobe's names: `opus`, `mp3`, … */
  readonly audioCodec?: string;
  /** When it was taken, by the clock of the camera: ISO 8601, with an offset where the file has one: `2024-05-06T07:08:09+02:00`. */
  readonly takenAt?: string;
  readonly position?: Position;
  readonly title?: string;
  readonly performer?: string;
  readonly album?: string;
}
