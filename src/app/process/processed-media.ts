import type { ErrorCode } from '../../errors/chatferry-error.js';
import type { DescribedMedia } from '../../media/media-job.js';

/** The copy that replaced an original. */
export interface ReplacedFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** The result for one file. */
export type ProcessedMedia =
  | ({
      readonly path: string;
      readonly state: 'done';
      readonly wallMs: number;
      /** The file that replaced `path`. */
      readonly replacedBy?: ReplacedFile;
      /**
       * An earlier run made the derivatives from the same bytes with the same recipe, and they still exist. Nothing was
       * made now.
       */
      readonly wasMade?: true;
    } & DescribedMedia)
  | {
      readonly path: string;
      readonly state: 'failed';
      readonly wallMs: number;
      readonly code: ErrorCode;
      readonly reason: string;
    };

/** A file and its name in the output folder. */
export interface NamedFile {
  readonly path: string;
  /** Relative to the named folder, folders included. Its derivatives have the same folders and the same name. */
  readonly name: string;
}
