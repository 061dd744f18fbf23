import type { Description } from '../archive/description.js';

/** A stored medium that is to be looked into. */
export interface FileToDescribe {
  /** Absolute. The file is only read. */
  readonly path: string;
  /** Hex: as the archive has it. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Where derivatives go, absolute: an existing folder. */
  readonly outputFolder: string;
  /** What the names of derivatives begin with. */
  readonly name: string;
  /** Whether the source brought a waveform, so that none is made. */
  readonly hasWaveform: boolean;
}

/** A derivative that was made, not yet in its place. */
export interface MadeDerivative {
  readonly kind: string;
  /** Absolute, in the output folder. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mimeType: string;
  readonly width?: number;
  readonly height?: number;
}

export interface DescribedFile {
  /** Which of the recipes was followed. */
  readonly recipe: string;
  readonly description: Description;
  readonly derivatives: readonly MadeDerivative[];
}

/** Says what files are, and makes what a viewer needs of them. */
export interface MediaDescriber {
  /** Files at once. More only wait. */
  readonly concurrency: number;
  /** Names what is made where nothing is left out. */
  readonly recipe: string;
  /**
   * Names for what is made now, that one and perhaps another: a file that was described by one of them would be described the same again.
   *
   * @throws {ChatferryError} `MISSING_PROGRAM`
   */
  recipes(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * What cannot be made is a problem in the answer.
   *
   * @throws {ChatferryError} `INTERNAL` when no file can be described here; the signal's reason when it aborts.
   */
  describe(file: FileToDescribe, signal: AbortSignal): Promise<DescribedFile>;
}

/** Two files of which the second is to stand for the first: absolute paths. */
export interface CopyOfOriginal {
  readonly original: string;
  readonly copy: string;
}

/** Says whether a smaller copy holds all that its original does. */
export interface CopyProver {
  /**
   * Decodes both to their ends.
   *
   * @returns what speaks against the copy; undefined where it is proved.
   * @throws {ChatferryError} when it cannot be told here and now; the signal's reason when it aborts.
   */
  prove(copy: CopyOfOriginal, signal: AbortSignal): Promise<string | undefined>;
}

/** What was described in a run. */
export interface DescriptionCount {
  /** Contents that were looked into. */
  readonly describedCount: number;
  /** Contents that another chat had the description of. */
  readonly sharedCount: number;
  readonly derivativeCount: number;
  readonly derivativeBytes: number;
  /** Smaller copies among them, and how many bytes smaller than their originals they are. */
  readonly copyCount: number;
  readonly copySavedBytes: number;
  /** Contents whose original gave way to a smaller copy, and the bytes that saved. Absent where originals are kept. */
  readonly replacedCount?: number;
  readonly savedBytes?: number;
  /** Contents whose original stayed, because the copy could not be proved to hold all of it. */
  readonly keptCount?: number;
}
