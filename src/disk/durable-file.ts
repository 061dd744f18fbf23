import { constants } from 'node:fs';
import { lstat, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Entry, entryAt, entryOf, foreignEntryError, requireFolder } from './entry.js';
import { isSystemError, withFileErrors } from './file-error.js';
import { makeFolder, type MakeFolderOptions } from './make-folder.js';
import { createOwnFile, modeWithin, type NewFileOptions, removeOwnFile } from './own-file.js';
import { SAFE_OPEN } from './open-flags.js';

const IS_WINDOWS = process.platform === 'win32';
const EVERYBODY = 0o777;

/**
 * Replaces the file at `path` atomically: readers see the old bytes or the new ones, even after a power failure. It
 * writes a temporary file in the same folder, syncs it, renames it, and syncs the folder. Only one writer at a time per
 * path. The temporary name is always the same, so that the next run removes the file of a killed one.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`; the old file is then unchanged. Anything but a file at `path` is refused, and
 *   named in the message.
 */
export async function writeDurably(
  path: string,
  content: Uint8Array | string,
  options: NewFileOptions = {},
): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.partial`);
  try {
    await writeSynced(aside, content, options);
    await replaceFile(aside, path);
  } finally {
    await withFileErrors('remove', aside, () => removeOwnFile(aside));
  }
  await syncDirectory(dirname(path));
}

/** Creates a file and syncs its bytes. Not atomic: for files that are renamed afterwards. @throws {ChatferryError} */
export async function writeSynced(
  path: string,
  content: Uint8Array | string,
  options: NewFileOptions = {},
): Promise<void> {
  await withFileErrors('write', path, async () => {
    const file = await createOwnFile(path, options);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** Makes the bytes of a file durable. @throws {ChatferryError} */
export async function syncFile(path: string): Promise<void> {
  await withFileErrors('sync', path, async () => {
    // Windows only syncs files that are open for writing.
    const file = await open(path, (IS_WINDOWS ? constants.O_RDWR : constants.O_RDONLY) | SAFE_OPEN);
    try {
      requireFile(path, entryOf(await file.stat({ bigint: true })));
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/**
 * Makes the entries of a folder durable: files created, renamed or deleted in it (fsync(2)). Windows has no such call;
 * its file system journals names.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function syncDirectory(path: string): Promise<void> {
  if (IS_WINDOWS) return;
  await withFileErrors('sync the folder', path, async () => {
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK);
    try {
      await folder.sync();
    } catch (error) {
      // Some network and FUSE file systems have no sync for folders; there is no alternative.
      if (!isSystemError(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
    } finally {
      await folder.close();
    }
  });
}

/**
 * Creates a folder that the user named, with missing parents, all durable on return. Links are followed.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export async function makeFolderDurably(path: string, options: MakeFolderOptions = {}): Promise<void> {
  const firstMade = await withFileErrors('create the folder', path, () => makeFolder(path, options));
  if (firstMade === undefined) return;
  let folder = path;
  do {
    folder = dirname(folder);
    await syncDirectory(folder);
  } while (folder.length >= firstMade.length && folder !== dirname(folder));
}

/** On Windows a virus scanner or indexer may hold a fresh file for a moment; these are the errors. */
const HELD = ['EPERM', 'EACCES', 'EBUSY'];
const HELD_RETRIES = 10;
const HELD_PAUSE_MS = 50;

/**
 * Renames a file of ours, and replaces a file with that name. Both paths must be on the same file system. The
 * permissions are restricted to those of the new folder.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` if a link, a folder or a device has the name, or the folder is a link.
 */
export async function replaceFile(from: string, to: string): Promise<void> {
  await withFileErrors('put in place', to, async () => {
    const folder = await requireFolder(dirname(to));
    await limitMode(from, modeWithin(folder));
    await renameOver(from, to);
  });
}

/** The same in a folder that the user chose: it may be a link, and the file keeps its permissions. @throws Node's error. */
export async function renameOver(from: string, to: string): Promise<void> {
  requireFile(from, entryOf(await lstat(from, { bigint: true })));
  const there = await entryAt(to);
  if (there !== undefined) requireFile(to, there);
  await renameWithRetries(from, to);
}

/** Renames a folder of ours to an unused name. @throws {ChatferryError} `FILE_SYSTEM` */
export async function moveFolder(from: string, to: string): Promise<void> {
  await withFileErrors('put in place', to, async () => {
    await requireFolder(from);
    const there = await entryAt(to);
    if (there !== undefined) throw foreignEntryError(to, there, 'nothing');
    await renameWithRetries(from, to);
  });
}

/**
 * Restricts the permissions of a file of ours.
 *
 * @param most - The permissions to keep at most, the lower 9 bits of POSIX. No effect on Windows.
 * @throws {ChatferryError} `FILE_SYSTEM` if it is not a file. @throws Node's error.
 */
export async function limitMode(path: string, most: number): Promise<void> {
  const found = entryOf(await lstat(path, { bigint: true }));
  requireFile(path, found);
  if (IS_WINDOWS || (found.mode & EVERYBODY & ~most) === 0) return;
  const file = await open(path, constants.O_RDONLY | SAFE_OPEN);
  try {
    await file.chmod(found.mode & most);
  } finally {
    await file.close();
  }
}

async function renameWithRetries(from: string, to: string): Promise<void> {
  for (let retriesLeft = IS_WINDOWS ? HELD_RETRIES : 0; ; retriesLeft -= 1) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (retriesLeft === 0 || !isSystemError(error, ...HELD)) throw error;
      await sleep(HELD_PAUSE_MS);
    }
  }
}

function requireFile(path: string, found: Entry): void {
  if (found.kind !== 'file') throw foreignEntryError(path, found, 'a file');
}
