import { constants } from 'node:fs';
import { type FileHandle, open, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

import { type Entry, entryAt, entryOf, foreignEntryError, isSameEntry, requireFolder } from './entry.js';
import { isSystemError } from './file-error.js';
import { SAFELY } from './open-flags.js';

/** What every file of ours is for its owner, and at most for others, before the umask. */
const OWNER_ONLY = 0o600;
const EVERYBODY = 0o666;

/**
 * Makes a file of ours, for reading and writing. Nothing has the name yet, or an earlier run left a file there: that name
 * is taken away first, so that bytes of a file with a second name elsewhere stay as they are. The file is never more open
 * than its folder.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` where there is a link, a folder or a device, and where the folder is a link.
 *   Else Node's error.
 */
export async function createOwnFile(path: string, options: NewFileOptions = {}): Promise<FileHandle> {
  const { mode = EVERYBODY } = options;
  const folder = await folderOf(path, options);
  await removeOwnFile(path, { ...options, folder });
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | SAFELY;
  return open(path, flags, mode & modeWithin(folder));
}

/** Makes a file of ours with these bytes; not durable. @throws as {@link createOwnFile} does. */
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
  /** To be written to as well. @defaultValue false */
  readonly writes?: boolean;
}

/**
 * Opens a file of ours that is there. One that is written to may have one name only.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` where it is a link or no regular file, or its folder is a link. Else Node's error,
 *   `ENOENT` among them.
 */
export async function openOwnFile(path: string, options: OpenFileOptions = {}): Promise<FileHandle> {
  const { writes = false } = options;
  await folderOf(path, options);
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
 * Reads a small file of ours. Undefined where there is none, where it is a link or a device, and where it is larger.
 *
 * @throws Node's error for a file that may not be read.
 */
export async function readOwnFile(path: string, mostBytes: number): Promise<Buffer | undefined> {
  if ((await entryAt(path))?.kind !== 'file') return undefined;
  const file = await openOwnFile(path);
  try {
    const { size } = await file.stat();
    return size > mostBytes ? undefined : await file.readFile();
  } finally {
    await file.close();
  }
}

export interface RemoveFileOptions extends InFolderOptions {
  /** What its folder was found to be. @defaultValue it is looked at now */
  readonly folder?: Entry;
}

/**
 * Removes the name of a file of ours; does nothing where there is none.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` where there is a link, a folder or a device: it is not ours. Else Node's error.
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

/** @throws {ChatferryError} `FILE_SYSTEM` where it is a link. Else Node's error. */
async function folderOf(path: string, { isFolderChosen = false }: InFolderOptions): Promise<Entry> {
  const folder = dirname(path);
  return isFolderChosen ? entryOf(await stat(folder, { bigint: true })) : requireFolder(folder);
}

/** The permissions that a new file of ours gets in a folder, before the umask. */
export function modeWithin(folder: Entry): number {
  return OWNER_ONLY | (EVERYBODY & folder.mode);
}

/** @throws {ChatferryError} `FILE_SYSTEM` for what is no file of ours. One that is written to may have one name only. */
export function requireOwnFile(path: string, found: Entry, writes: boolean): void {
  if (found.kind !== 'file' || (writes && found.nameCount > 1))
    throw foreignEntryError(path, found, 'a file of its own');
}
