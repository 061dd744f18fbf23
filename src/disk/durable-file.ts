import { constants } from 'node:fs';
import { lstat, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Entry, entryAt, entryOf, foreignEntryError, requireFolder } from './entry.js';
import { isSystemError, withFileErrors } from './file-error.js';
import { makeFolder, type MakeFolderOptions } from './make-folder.js';
import { createOwnFile, modeWithin, type NewFileOptions, removeOwnFile } from './own-file.js';
import { SAFELY } from './open-flags.js';

const IS_WINDOWS = process.platform === 'win32';
const EVERYBODY = 0o777;

/**
 * Replaces the file at `path` whole: whoever reads it sees the old bytes or the new ones, also after a power failure.
 * Written aside in the same folder, synced, renamed; then the folder is synced. One writer at a time for one path; the
 * name aside is always the same, so that what a killed run left is removed by the next.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`; the old file is then as it was. What is no file there is refused by its name.
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

/** Makes a file and syncs its bytes. Not atomic: for files that are renamed afterwards. @throws {ChatferryError} */
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
    // Windows syncs only what may be written to.
    const file = await open(path, (IS_WINDOWS ? constants.O_RDWR : constants.O_RDONLY) | SAFELY);
    try {
      requireFile(path, entryOf(await file.stat({ bigint: true })));
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/**
 * Makes the names in a folder durable: what was created, renamed or deleted in it (fsync(2)). Windows has no such call
 * and keeps names in its journal.
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
      // Some network and FUSE file systems have no sync for folders; there is nothing better to ask them.
      if (!isSystemError(error, 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
    } finally {
      await folder.close();
    }
  });
}

/**
 * Makes a folder that the user named, and those above it that are missing, all durable on return. Links are followed.
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

/** On Windows a virus scanner or indexer may hold a fresh file for a moment; these are its answers. */
const HELD = ['EPERM', 'EACCES', 'EBUSY'];
const HELD_RETRIES = 10;
const HELD_PAUSE_MS = 50;

/**
 * Gives a file of ours a name, which another file may have: that one is replaced. The file system must be the same. The
 * file becomes no more open than the folder that it comes to.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` where a link, a folder or a device has the name, and where the folder is a link.
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
  await renamePatiently(from, to);
}

/** Gives a folder of ours a name that nothing has. @throws {ChatferryError} `FILE_SYSTEM` */
export async function moveFolder(from: string, to: string): Promise<void> {
  await withFileErrors('put in place', to, async () => {
    await requireFolder(from);
    const there = await entryAt(to);
    if (there !== undefined) throw foreignEntryError(to, there, 'nothing');
    await renamePatiently(from, to);
  });
}

/**
 * Takes permissions of a file of ours away.
 *
 * @param most - Those that may stay, the lower 9 bits of POSIX. Nothing happens on Windows.
 * @throws {ChatferryError} `FILE_SYSTEM` for what is no file. @throws Node's error.
 */
export async function limitMode(path: string, most: number): Promise<void> {
  const found = entryOf(await lstat(path, { bigint: true }));
  requireFile(path, found);
  if (IS_WINDOWS || (found.mode & EVERYBODY & ~most) === 0) return;
  const file = await open(path, constants.O_RDONLY | SAFELY);
  try {
    await file.chmod(found.mode & most);
  } finally {
    await file.close();
  }
}

async function renamePatiently(from: string, to: string): Promise<void> {
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
