import { constants } from 'node:fs';
import { type FileHandle, open, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { type Entry, entryAt, entryOf, foreignEntryError, isSameEntry, requireFolder } from './entry.js';
import { isSystemError } from './file-error.js';
import { SAFE_OPEN } from './open-flags.js';

/** The permissions that the owner always has on a file of ours, and the most that others get, before the umask. */
const OWNER_ONLY = 0o600;
const EVERYBODY = 0o666;

/**
 * Creates a file of ours for reading and writing. A file that an earlier run left there is removed first, so that the
 * bytes of a file with another hard link elsewhere do not change. The permissions never exceed those of the folder.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` if there is a link, a folder or a device, or the folder is a link. Other
 *   errors are Node's.
 */
export async function createOwnFile(path: string, options: NewFileOptions = {}): Promise<FileHandle> {
  const { mode = EVERYBODY } = options;
  const folder = await folderOf(path, options);
  await removeOwnFile(path, { ...options, folder });
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | SAFE_OPEN;
  return open(path, flags, mode & modeWithin(folder));
}

/** Creates a file of ours with these bytes; not durable. @throws as {@link createOwnFile} does. */
export async function writeOwnFile(path: string, content: Uint8Array | string): Promise<void> {
  const file = await createOwnFile(path);
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

export interface InFolderOptions {
  /** Whether the user chose the folder, so that it may be a link. @defaultValue false */
  readonly isFolderChosen?: boolean;
}

export interface NewFileOptions extends InFolderOptions {
  /** Before the umask. @defaultValue 0o666 */
  readonly mode?: number;
}

export interface OpenFileOptions extends InFolderOptions {
  /** Opens it for writing too. @defaultValue false */
  readonly writes?: boolean;
}

/**
 * Opens an existing file of ours. A file that is written to must have only one hard link.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` if it is a link or not a regular file, or its folder is a link. Other errors
 *   are Node's, such as `ENOENT`.
 */
export async function openOwnFile(path: string, options: OpenFileOptions = {}): Promise<FileHandle> {
  const { writes = false } = options;
  await folderOf(path, options);
  const before = await entryAt(path);
  if (before !== undefined) requireOwnFile(path, before, writes);
  const file = await open(path, (writes ? constants.O_RDWR : constants.O_RDONLY) | SAFE_OPEN);
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
 * Reads a small file of ours. Undefined if it does not exist, is a link or a device, or is larger.
 *
 * @throws Node's error for a file that may not be read.
 */
export async function readOwnFile(path: string, maxBytes: number): Promise<Buffer | undefined> {
  if ((await entryAt(path))?.kind !== 'file') return undefined;
  const file = await openOwnFile(path);
  try {
    const { size } = await file.stat();
    return size > maxBytes ? undefined : await file.readFile();
  } finally {
    await file.close();
  }
}

export interface RemoveFileOptions extends InFolderOptions {
  /** Its folder as examined before. @defaultValue it is examined now */
  readonly folder?: Entry;
}

/**
 * Removes a file of ours; does nothing if it does not exist.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` if there is a link, a folder or a device, which is not ours. Other errors are
 *   Node's.
 */
export async function removeOwnFile(path: string, options: RemoveFileOptions = {}): Promise<void> {
  const found = await entryAt(path);
  if (found === undefined) return;
  requireOwnFile(path, found, false);
  const folder = await folderOf(path, options);
  if (options.folder !== undefined && !isSameEntry(folder, options.folder)) {
    throw foreignEntryError(dirname(path), folder, 'the same folder');
  }
  try {
    await unlink(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}

/** @throws {ChatferryError} `FILE_SYSTEM` if it is a link. Other errors are Node's. */
async function folderOf(path: string, { isFolderChosen = false }: InFolderOptions): Promise<Entry> {
  const folder = dirname(path);
  return isFolderChosen ? entryOf(await stat(folder, { bigint: true })) : requireFolder(folder);
}

/** The permissions that a new file of ours gets in a folder, before the umask. */
export function modeWithin(folder: Entry): number {
  return OWNER_ONLY | (EVERYBODY & folder.mode);
}

/**
 * @throws {ChatferryError} `FILE_SYSTEM` if it is not a file of ours. A file that is written to must have only one hard
 *   link.
 */
export function requireOwnFile(path: string, found: Entry, writes: boolean): void {
  if (found.kind !== 'file' || (writes && found.linkCount > 1))
    throw foreignEntryError(path, found, 'a file of its own');
}
