import { closeSync, constants, fstatSync, openSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';

import { entryAtSync, entryOf, foreignEntryError } from './entry.js';
import { SAFE_OPEN } from './open-flags.js';
import { modeWithin, requireOwnFile } from './own-file.js';

/**
 * Creates a file of ours synchronously. An existing file is removed first instead of overwritten, because it may have
 * another hard link elsewhere.
 *
 * @returns a writable descriptor, which the caller closes.
 * @throws {ChatferryError} `FILE_SYSTEM` if there is a link, a folder or a device, or the folder is a link. Other
 *   errors are Node's.
 */
export function createOwnFileSync(path: string): number {
  removeOwnFileSync(path);
  const folder = entryAtSync(dirname(path));
  if (folder !== undefined && folder.kind !== 'folder') throw foreignEntryError(dirname(path), folder, 'a folder');
  const mode = folder === undefined ? 0o600 : modeWithin(folder);
  return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | SAFE_OPEN, mode);
}

/**
 * Opens an existing file of ours for changes.
 *
 * @returns a descriptor, which the caller closes.
 * @throws {ChatferryError} `FILE_SYSTEM` for a link, a folder, a device, and a file with another hard link. Other
 *   errors are Node's.
 */
export function openOwnFileSync(path: string): number {
  const before = entryAtSync(path);
  if (before !== undefined) requireOwnFile(path, before, true);
  const descriptor = openSync(path, constants.O_RDWR | SAFE_OPEN);
  try {
    requireOwnFile(path, entryOf(fstatSync(descriptor, { bigint: true })), true);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Removes a file of ours; does nothing if it does not exist. @throws as {@link createOwnFileSync} does. */
export function removeOwnFileSync(path: string): void {
  const found = entryAtSync(path);
  if (found === undefined) return;
  requireOwnFile(path, found, false);
  unlinkSync(path);
}
