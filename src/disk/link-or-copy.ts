import { constants } from 'node:fs';
import { copyFile, link } from 'node:fs/promises';

import { syncFile } from './durable-file.js';
import { entryAt, foreignEntryError } from './entry.js';
import { isSystemError } from './file-error.js';
import { removeOwnFile } from './own-file.js';

/**
 * Errors of link(2) on a file system without hard links, or with too many links to one file. Also the errors of a file
 * system without clones.
 */
const NO_LINK = ['EPERM', 'EACCES', 'EXDEV', 'EMLINK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN'];
const NO_CLONE = [...NO_LINK, 'ENOTTY'];

/**
 * Gives the bytes at `from` a second name without reading them: by a copy that shares blocks (reflink), else by a hard
 * link, else by a copy that the system makes. A file at `to` is replaced. A copy is synced; a link needs no sync. The
 * result has the permissions of the file at `from`.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` if either is a link, a folder or a device. Other errors are Node's.
 */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  const original = await entryAt(from);
  if (original !== undefined && original.kind !== 'file') throw foreignEntryError(from, original, 'a file');
  await removeOwnFile(to);
  if (await cloneFile(from, to)) return;
  try {
    await link(from, to);
  } catch (error) {
    if (!isSystemError(error, ...NO_LINK)) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
    await syncFile(to);
  }
}

/**
 * Makes a copy that shares blocks with the file at `from` (reflink) under the unused name `to`. It is synced.
 *
 * @returns whether the file system supports it; otherwise nothing is created.
 * @throws Node's error.
 */
export async function cloneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch (error) {
    if (!isSystemError(error, ...NO_CLONE)) throw error;
    await removeOwnFile(to);
    return false;
  }
  await syncFile(to);
  return true;
}
