import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { syncDirectory } from './durable-file.js';
import { entryAt, requireFolder } from './entry.js';
import { isSystemError, withFileErrors } from './file-error.js';
import { removeOwnFile } from './own-file.js';
import { foldersBelow } from './own-tree.js';

export interface OwnFolderOptions {
  /** Permissions of new folders, before the umask. @defaultValue 0o777 */
  readonly mode?: number;
}

/** The permissions that the owner always gets on a folder. */
const OWNER_ONLY = 0o700;

/**
 * Creates a folder of ours below `root`, with missing parents, durable on return. None of them may be a link, which
 * would lead elsewhere. The permissions of a new folder never exceed those of its parent.
 *
 * @param path - Absolute, below `root`, which exists.
 * @throws {ChatferryError} `FILE_SYSTEM`, naming the entry that is not a folder.
 */
export async function makeOwnFolder(
  root: string,
  path: string,
  { mode = 0o777 }: OwnFolderOptions = {},
): Promise<void> {
  await withFileErrors('create the folder', path, async () => {
    let parent = await requireFolder(root);
    for (const folder of foldersBelow(root, path)) {
      if ((await entryAt(folder)) === undefined) {
        await makeOne(folder, OWNER_ONLY | (mode & parent.mode));
        await syncDirectory(dirname(folder));
      }
      parent = await requireFolder(folder);
    }
  });
}

async function makeOne(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { mode });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error; // Another process was faster.
  }
}

/**
 * Removes our files from a folder of ours, by their names. Subfolders and files with other names stay. Does nothing if
 * there is no such folder.
 *
 * @param isOwn - Whether a file with that name was made here and is no longer needed.
 * @returns the names that stayed.
 * @throws {ChatferryError} `FILE_SYSTEM`, naming an entry with such a name that is not a regular file.
 */
export async function emptyOwnFolder(path: string, isOwn: (name: string) => boolean): Promise<readonly string[]> {
  return withFileErrors('clear the folder', path, async () => {
    if ((await entryAt(path)) === undefined) return [];
    const folder = await requireFolder(path);
    const kept: string[] = [];
    for (const name of await readdir(path)) {
      if (!isOwn(name)) kept.push(name);
      else await removeOwnFile(join(path, name), { folder });
    }
    return kept;
  });
}

/** Removes a folder of ours if it is empty. @throws {ChatferryError} `FILE_SYSTEM` if it is a link or a file. */
export async function removeEmptyFolder(path: string): Promise<void> {
  await withFileErrors('remove the folder', path, async () => {
    if ((await entryAt(path)) === undefined) return;
    await requireFolder(path);
    try {
      await rmdir(path);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
    }
  });
}
