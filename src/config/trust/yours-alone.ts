import { statSync } from 'node:fs';

import { type Entry, entryOf } from '../../disk/entry.js';
import { isWritableByOthers } from '../../disk/own-folder.js';

/**
 * Whether nobody but this user and root may change a file or folder. The user's own group counts as the user.
 *
 * @returns true on Windows, where modes mean nothing and the folders of a profile are closed to others.
 */
export function isYoursAlone(found: Pick<Entry, 'owner' | 'mode' | 'group'>): boolean {
  const user = process.geteuid?.();
  return user === undefined || ([user, 0].includes(found.owner) && !isWritableByOthers(found));
}

/** The same of the folder at a path; links are followed. @throws Node's error. */
export function isFolderYoursAlone(folder: string): boolean {
  return isYoursAlone(entryOf(statSync(folder, { bigint: true })));
}
