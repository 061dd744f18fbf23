import type { Derivative } from '../chat/description/derivative.js';
import type { Description } from '../chat/description/description.js';
import type { Preset } from './film/transcode.js';

/** Identifies the bytes of a file. */
export interface FileDigest {
  /** Hex, lower case. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** The task for one file. It is sent to another process, so it is plain data. */
export interface MediaJob {
  /** Absolute. The file is only read. */
  readonly path: string;
  /** Whether to follow a symbolic link, because the user named the file. @defaultValue false: as in an archive */
  readonly mayBeLink?: boolean;
  /** An existing folder for the derivatives, absolute. Undefined: none are made. */
  readonly outputFolder?: string;
  /** The names of derivatives begin with it. */
  readonly name: string;
  /** The digest, if it is known already. Otherwise the file is hashed. */
  readonly digest?: FileDigest;
  /** Whether the source has delivered a waveform. None is made then. */
  readonly hasWaveform?: boolean;
  /** Make a storyboard of a video. */
  readonly storyboard?: boolean;
  readonly transcode?: Preset;
  /** Make a copy without metadata. */
  readonly stripMetadata?: boolean;
}

/** What is known of a file, and what was made from it. */
export interface DescribedMedia extends FileDigest, Description {
  /** The extension that the name should have, without a dot. Absent where it is right, and for files that are not media. */
  readonly rightExtension?: string;
  readonly derivatives: readonly Derivative[];
}
