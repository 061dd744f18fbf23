import { constants } from 'node:fs';
import { copyFile, link } from 'node:fs/promises';

import { entryAt, foreignEntryError } from './entry.js';
import { isSystemError } from './file-error.js';
import { type InFolderOptions, openOwnFile } from './own-file.js';

/** Errors on a different file system, on one without hard links, and for too many links to one file. */
const NO_LINK = ['EPERM', 'EACCES', 'EXDEV', 'EMLINK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'UNKNOWN'];

/**
 * Links a file of ours to an unused name. It does not rename, because that would replace a file that was created
 * meanwhile.
 *
 * @returns whether the file system supports it.
 * @throws {ChatferryError} `FILE_SYSTEM` if it is not a file. @throws Node's error, `EEXIST` if the name is taken.
 */
export async function linkWhereFree(from: string, to: string): Promise<boolean> {
  await requireFile(from);
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error, ...NO_LINK)) return false;
    throw error;
  }
}

/**
 * Copies a file of ours to an unused name, also on another file system.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` if it is not a file. @throws Node's error, `EEXIST` if the name is taken.
 */
export async function copyWhereFree(from: string, to: string): Promise<void> {
  await requireFile(from);
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
}

/** The attributes of a file. */
export interface FileAttributes {
  /** Permissions, the lower 12 bits of POSIX. */
  readonly mode: number;
  readonly atime: Date;
  readonly mtime: Date;
}

/**
 * Gives a file of ours the permissions and times of another, durable on return.
 *
 * @throws as {@link openOwnFile} does.
 */
export async function setAttributes(
  path: string,
  { mode, atime, mtime }: FileAttributes,
  options: InFolderOptions = {},
): Promise<void> {
  const file = await openOwnFile(path, { ...options, writes: true });
  try {
    await file.utimes(atime, mtime);
    await file.chmod(mode & 0o7777);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function requireFile(path: string): Promise<void> {
  const found = await entryAt(path);
  if (found !== undefined && found.kind !== 'file') throw foreignEntryError(path, found, 'a file');
}
