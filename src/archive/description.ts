/** What is known of a content from its bytes. */
export interface Description {
  readonly content: {
    readonly kind: string;
    readonly mimeType: string;
    /** Without a dot. Undefined where the bytes tell nothing. */
    readonly extension?: string;
  };
  /** Dimensions, duration, codecs, tags; as src/media/media-facts.ts has them. */
  readonly facts: object;
  /** A thumbhash, base64. */
  readonly placeholder?: string;
  /** 100 values from 0 to 31. */
  readonly waveform?: readonly number[];
  /** What could not be made. The file itself is as it came. */
  readonly problems: readonly { readonly work: string; readonly reason: string }[];
}

/** A file that was made from a medium. */
export interface StoredDerivative {
  /** `thumbnail`, `poster`, `storyboard`, `cover`, `transcode`, `stripped`. */
  readonly kind: string;
  /** Relative to the chat's folder, with `/` on every platform. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mimeType: string;
  /** Pixels; absent for sound. */
  readonly width?: number;
  readonly height?: number;
}

/** What is known of a content, and what was made from it for one chat. */
export interface StoredDescription {
  readonly description: Description;
  readonly derivatives: readonly StoredDerivative[];
}

/** Where a medium stands in its chat. */
export interface MediumPosition {
  readonly messageId: number;
  readonly position: number;
}

/** A stored medium that nobody has looked into. */
export interface PendingFile extends MediumPosition {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Relative to the chat's folder. */
  readonly path: string;
  /** Whether the source brought a waveform. */
  readonly hasWaveform: boolean;
}

/** Something that could not be made of a medium. */
export interface DerivativeProblem {
  /** The first of the chat that carries it. */
  readonly messageId: number;
  readonly path: string;
  readonly work: string;
  readonly reason: string;
}
