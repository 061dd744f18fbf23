import type { PrivateFolder } from '../../../disk/private-folder.js';

import type { LeftOutThere } from './left-out.js';

/** What the files of an upload are opened for. */
export interface ItemsOpening {
  /** What is not sent where it lies below a folder that is, absolute: the manifest. */
  readonly leftOut?: readonly string[];
  /** Where upload sessions are kept, absolute. Not sent where it lies below a folder that is, which people are told. */
  readonly sessionFolder?: string | undefined;
  /** Makes room for the copy of a database, which is removed when it was sent. @defaultValue a temporary folder */
  readonly makeSpool?: () => Promise<PrivateFolder>;
  /** Told what is not sent, place by place; people read it in a note. */
  readonly onLeftOut?: ((there: LeftOutThere) => void) | undefined;
  /** They are counted or listed, and not sent: databases are read where they are, without a copy. @defaultValue false */
  readonly isOnlyListed?: boolean;
}
