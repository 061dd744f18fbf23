import type { Derivative } from '../chat/description/derivative.js';
import type { Description } from '../chat/description/description.js';

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

/** What was found out about a file, and made from it. */
export interface DescribedFile {
  /** Which of the {@link MediaDescriber.recipes} was followed. */
  readonly recipe: string;
  readonly description: Description;
  /** In the output folder, by absolute paths. */
  readonly derivatives: readonly Derivative[];
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
