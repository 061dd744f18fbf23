import type { PrivateFolder } from '../../../disk/private-folder.js';

import type { LeftOutThere } from './left-out.js';

/** Options for opening the files of an upload. */
export interface ItemsOpening {
  /** Absolute paths that are not sent even if they are below a folder that is: the manifest. */
  readonly leftOut?: readonly string[];
  /** The folder of upload sessions, absolute. It is not sent even if it is below a folder that is; the user is told. */
  readonly sessionFolder?: string | undefined;
  /**
   * Creates a folder for the copy of a database. It is removed after the copy was sent.
   *
   * @defaultValue a temporary folder
   */
  readonly makeSpool?: () => Promise<PrivateFolder>;
  /** Called with the files that are not sent, per place. Users see them in a note. */
  readonly onLeftOut?: ((there: LeftOutThere) => void) | undefined;
  /**
   * Files are only counted or listed, not sent. Databases are then read in place, without a copy.
   *
   * @defaultValue false
   */
  readonly isOnlyListed?: boolean;
}
