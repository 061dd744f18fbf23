import type { ErrorCode } from '../../errors/chatferry-error.js';
import type { DescribedMedia } from '../../media/media-job.js';

/** What took the place of an original. */
export interface ReplacedFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** What became of one file. */
export type ProcessedMedia =
  | ({
      readonly path: string;
      readonly state: 'done';
      readonly wallMs: number;
      /** What is there in place of `path`, which is gone. */
      readonly replacedBy?: ReplacedFile;
      /** An earlier run made it, of the same bytes by the same recipe, and it is there still: nothing was made now. */
      readonly wasMade?: true;
    } & DescribedMedia)
  | {
      readonly path: string;
      readonly state: 'failed';
      readonly wallMs: number;
      readonly code: ErrorCode;
      readonly reason: string;
    };

/** A file and what it is called in the output folder. */
export interface NamedFile {
  readonly path: string;
  /** Below what it was found by, folders included: what is made of it has the same folders and the same name. */
  readonly name: string;
}
