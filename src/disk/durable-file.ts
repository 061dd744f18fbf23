import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isSystemError, withFileErrors } from './file-error.js';
import { makeFolder } from './make-folder.js';

/**
 * Replaces the file at `path` whole: whoever reads it sees the old bytes or the new ones, also after a power failure.
 * Written aside in the same folder, synced, renamed; then the folder is synced. One writer at a time for one path; the
 * name aside is always the same, so that what a killed run left is overwritten by the next.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`; the old file is then as it was.
 */
export async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.partial`);
  try {
    await writeSynced(aside, content);
    await replaceFile(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
  await syncDirectory(dirname(path));
}

/** Writes a file and syncs its bytes. Not atomic: for files that are renamed afterwards. @throws {ChatferryError} */
export async function writeSynced(path: string, content: Uint8Array | string): Promise<void> {
  await withFileErrors('write', path, async () => {
    const file = await open(path, 'w');
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
    const file = await open(path, 'r+');
    try {
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
  if (process.platform === 'win32') return;
  await withFileErrors('sync the folder', path, async () => {
    const folder = await open(path, 'r');
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

/** Makes a folder and those above it that are missing, all durable on return. @throws {ChatferryError} `FILE_SYSTEM` */
export async function makeFolderDurably(path: string): Promise<void> {
  const firstMade = await withFileErrors('create the folder', path, () => makeFolder(path));
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

/** Renames over whatever is there. The file system must be the same. @throws {ChatferryError} */
export async function replaceFile(from: string, to: string): Promise<void> {
  await withFileErrors('put in place', to, async () => {
    for (let retriesLeft = process.platform === 'win32' ? HELD_RETRIES : 0; ; retriesLeft -= 1) {
      try {
        await rename(from, to);
        return;
      } catch (error) {
        if (retriesLeft === 0 || !isSystemError(error, ...HELD)) throw error;
        await sleep(HELD_PAUSE_MS);
      }
    }
  });
}
