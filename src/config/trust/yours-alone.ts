import { statSync } from 'node:fs';

import { type Entry, entryOf } from '../../disk/entry.js';

const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;

/**
 * Whether nobody but this user and root may change a file or folder. Many systems give each user a group of the same
 * number and make new files writable for it: that group counts as the user.
 *
 * @returns true on Windows, where modes mean nothing and the folders of a profile are closed to others.
 */
export function isYoursAlone({ owner, mode, group }: Pick<Entry, 'owner' | 'mode' | 'group'>): boolean {
  const user = process.geteuid?.();
  if (user === undefined) return true;
  if (![user, 0].includes(owner) || (mode & OTHERS_WRITE) !== 0) return false;
  return (mode & GROUP_WRITES) === 0 || (group === user && group === process.getegid?.());
}

/** The same of the folder at a path; links are followed. @throws Node's error. */
export function isFolderYoursAlone(folder: string): boolean {
  return isYoursAlone(entryOf(statSync(folder, { bigint: true })));
}
