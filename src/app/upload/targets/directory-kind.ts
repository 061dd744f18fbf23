import { isAbsolute, join, resolve } from 'node:path';

import { homeDirectoryOfUser } from '../../../config/home-directory.js';
import { isInsideFolder } from '../../../config/trust/inside-folder.js';
import { entryAtSync } from '../../../disk/entry.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import { refuseLostBytes } from '../../../errors/lost-bytes.js';
import { DirectoryTarget } from '../../../upload/targets/directory.js';
import type { TargetKind, TargetPlace } from '../target-kind.js';

/** A folder of this machine. Shells do not expand `~` after a colon, so it is expanded here. */
export const directoryKind: TargetKind = {
  scheme: 'dir:',
  form: 'dir:/path',
  says: 'a folder, such as a mounted share',
  open: (place) => {
    const folder = folderOf(place);
    // Otherwise the folder would be created under a different name than intended.
    if (entryAtSync(folder) === undefined) refuseLostBytes(place.spec);
    return new DirectoryTarget(folder);
  },
  holds: ({ id }, place) => isAbsolute(id) && isInsideFolder(id, folderOf(place)),
};

function folderOf({ spec, rest, cwd }: TargetPlace): string {
  if (rest.trim() === '') {
    throw new ChatferryError('USAGE', `${spec} names no folder. Write dir:/path, such as dir:/mnt/backup.`);
  }
  const isHome = rest === '~' || /^~[\\/]/.test(rest);
  const home = isHome ? homeDirectoryOfUser() : undefined;
  if (isHome && home === undefined) {
    throw new ChatferryError('USAGE', `${spec}: this user has no home directory. Set HOME, or write the full path.`);
  }
  return home === undefined ? resolve(cwd, rest) : join(home, rest.slice(1));
}
