import { closeSync, constants, fstatSync, openSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';

import { type Entry, entryAtSync, entryOf, foreignEntryError } from './entry.js';
import { modeWithin } from './own-file.js';

/** Windows has neither, and there they count as 0. */
const SAFELY = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Makes a file of ours for those who may keep the thread. A file that is there is taken away before, not written to: it
 * may have another name elsewhere.
 *
 * @returns a descriptor to be written to, which the caller closes.
 * @throws {ChatferryError} `FILE_SYSTEM` where there is a link, a folder or a device, and where the folder is a link.
 *   Else Node's error.
 */
export function createOwnFileSync(path: string): number {
  removeOwnFileSync(path);
  const folder = entryAtSync(dirname(path));
  if (folder !== undefined && folder.kind !== 'folder') throw foreignEntryError(dirname(path), folder, 'a folder');
  const mode = folder === undefined ? 0o600 : modeWithin(folder);
  return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | SAFELY, mode);
}

/**
 * Opens a file of ours that is there, to be changed.
 *
 * @returns a descriptor, which the caller closes.
 * @throws {ChatferryError} `FILE_SYSTEM` for a link, a folder, a device, and a file with another name. Else Node's error.
 */
export function openOwnFileSync(path: string): number {
  requireOwn(path, entryAtSync(path), true);
  const descriptor = openSync(path, constants.O_RDWR | SAFELY);
  try {
    requireOwn(path, entryOf(fstatSync(descriptor, { bigint: true })), true);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Removes the name of a file of ours; does nothing where there is none. @throws as {@link createOwnFileSync} does. */
export function removeOwnFileSync(path: string): void {
  const found = entryAtSync(path);
  if (found === undefined) return;
  requireOwn(path, found, false);
  unlinkSync(path);
}

function requireOwn(path: string, found: Entry | undefined, writes: boolean): void {
  if (found === undefined || (found.kind === 'file' && !(writes && found.nameCount > 1))) return;
  throw foreignEntryError(path, found, 'a file of its own');
}
