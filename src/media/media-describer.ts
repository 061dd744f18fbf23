import type { Derivative } from '../chat/description/derivative.js';
import type { Description } from '../chat/description/description.js';

/** A stored file that is to be described. */
export interface FileToDescribe {
  /** Absolute. The file is only read. */
  readonly path: string;
  /** Hex, from the archive. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** An existing folder for the derivatives, absolute. */
  readonly outputFolder: string;
  /** The names of derivatives begin with it. */
  readonly name: string;
  /** Whether the source has delivered a waveform. None is made then. */
  readonly hasWaveform: boolean;
}

/** The description of a file, and the derivatives made from it. */
export interface DescribedFile {
  /** Which of the {@link MediaDescriber.recipes} was followed. */
  readonly recipe: string;
  readonly description: Description;
  /** In the output folder, by absolute paths. */
  readonly derivatives: readonly Derivative[];
}

/** Describes files, and makes the derivatives that a viewer needs. */
export interface MediaDescriber {
  /** How many files it describes at once. */
  readonly concurrency: number;
  /** The recipe that leaves nothing out. */
  readonly recipe: string;
  /**
   * The recipes that are in use now: {@link MediaDescriber.recipe}, and where ffmpeg is missing another one. A file that was
   * described by one of them would get the same description again.
   *
   * @throws {ChatferryError} `MISSING_PROGRAM`
   */
  recipes(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * A derivative that cannot be made is a problem in the result.
   *
   * @throws {ChatferryError} `INTERNAL` when no file can be described here; the signal's reason when it aborts.
   */
  describe(file: FileToDescribe, signal: AbortSignal): Promise<DescribedFile>;
}

/** An original and the copy that is to replace it: absolute paths. */
export interface CopyOfOriginal {
  readonly original: string;
  readonly copy: string;
}

/** Verifies that a smaller copy is complete. */
export interface CopyProver {
  /**
   * Decodes both files completely, and compares them.
   *
   * @returns what is wrong with the copy; undefined when it is complete.
   * @throws {ChatferryError} when that cannot be determined; the signal's reason when it aborts.
   */
  prove(copy: CopyOfOriginal, signal: AbortSignal): Promise<string | undefined>;
}
