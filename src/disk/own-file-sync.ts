import { closeSync, constants, fstatSync, openSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';

import { entryAtSync, entryOf, foreignEntryError } from './entry.js';
import { SAFELY } from './open-flags.js';
import { modeWithin, requireOwnFile } from './own-file.js';

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
  const before = entryAtSync(path);
  if (before !== undefined) requireOwnFile(path, before, true);
  const descriptor = openSync(path, constants.O_RDWR | SAFELY);
  try {
    requireOwnFile(path, entryOf(fstatSync(descriptor, { bigint: true })), true);
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
  requireOwnFile(path, found, false);
  unlinkSync(path);
}
