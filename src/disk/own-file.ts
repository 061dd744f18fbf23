import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';

import { type Entry, entryAt, entryOf, foreignEntryError, isSameEntry } from './entry.js';
import { isSystemError } from './file-error.js';

/** Windows has neither, and there they count as 0: links are seen by `lstat` alone, and pipes are no names in folders. */
const SAFELY = constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface NewFileOptions {
  /** Before the umask. @defaultValue 0o666 */
  readonly mode?: number;
}

/**
 * Makes a file of ours, for reading and writing. Nothing has the name yet, or an earlier run left a file there: that name
 * is taken away first, so that bytes of a file with a second name elsewhere stay as they are.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` where there is a link, a folder or a device. Else Node's error.
 */
export async function createOwnFile(path: string, { mode = 0o666 }: NewFileOptions = {}): Promise<FileHandle> {
  await removeOwnFile(path);
  return open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | SAFELY, mode);
}

export interface OwnFileOptions {
  /** To be written to as well. @defaultValue false */
  readonly writes?: boolean;
}

/**
 * Opens a file of ours that is there. One that is written to may have one name only.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` where it is a link or no regular file. Else Node's error, `ENOENT` among them.
 */
export async function openOwnFile(path: string, { writes = false }: OwnFileOptions = {}): Promise<FileHandle> {
  const before = await entryAt(path);
  if (before !== undefined) requireOwnFile(path, before, writes);
  const file = await open(path, (writes ? constants.O_RDWR : constants.O_RDONLY) | SAFELY);
  try {
    const opened = entryOf(await file.stat({ bigint: true }));
    requireOwnFile(path, opened, writes);
    if (before !== undefined && !isSameEntry(before, opened)) throw foreignEntryError(path, opened, 'the same file');
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Removes the name of a file of ours; does nothing where there is none.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` where there is a link, a folder or a device: it is not ours. Else Node's error.
 */
export async function removeOwnFile(path: string): Promise<void> {
  const found = await entryAt(path);
  if (found === undefined) return;
  requireOwnFile(path, found, false);
  try {
    await unlink(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}

/** @throws {ChatferryError} `FILE_SYSTEM` for what is no file of ours. */
function requireOwnFile(path: string, found: Entry, writes: boolean): void {
  if (found.kind !== 'file' || (writes && found.nameCount > 1))
    throw foreignEntryError(path, found, 'a file of its own');
}
