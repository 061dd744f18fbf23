import type { Derivative } from '../chat/description/derivative.js';
import type { Description } from '../chat/description/description.js';
import type { Preset } from './film/transcode.js';

/** What tells a file's bytes from others. */
export interface FileDigest {
  /** Hex, lower case. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What is to be done with one file. It crosses the border of a process, so it is plain data. */
export interface MediaJob {
  /** Absolute. The file is only read. */
  readonly path: string;
  /** Whether the user named the file, so that it may be a link. @defaultValue false: no link is followed in an archive */
  readonly mayBeLink?: boolean;
  /** Where derivatives go, absolute: an existing folder. Undefined: none are made. */
  readonly outputFolder?: string;
  /** What the names of derivatives begin with. */
  readonly name: string;
  /** Where it is known already: the file is then not read for it. */
  readonly digest?: FileDigest;
  /** Whether the source brought a waveform, so that none is made. */
  readonly hasWaveform?: boolean;
  /** Frames beside each other, of films. */
  readonly storyboard?: boolean;
  readonly transcode?: Preset;
  /** Make a copy without what the file tells of its maker. */
  readonly stripMetadata?: boolean;
}

/** What is known of a file, and what was made from it. */
export interface DescribedMedia extends FileDigest, Description {
  /** What the name of the file should end with, without a dot. Absent where it is right, and for what is no medium. */
  readonly rightExtension?: string;
  readonly derivatives: readonly Derivative[];
}
