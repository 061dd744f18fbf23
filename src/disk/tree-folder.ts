import { mkdir, readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { syncDirectory } from './durable-file.js';
import { entryAt, requireFolder } from './entry.js';
import { isSystemError, withFileErrors } from './file-error.js';
import { removeOwnFile } from './own-file.js';
import { foldersBelow } from './own-tree.js';

export interface OwnFolderOptions {
  /** Of folders that are made, before the umask. @defaultValue 0o777 */
  readonly mode?: number;
}

/** What the owner needs of a folder, whatever others may. */
const OWNER_ONLY = 0o700;

/**
 * Makes a folder of ours below `root`, and those between, durable on return. None of them may be a link, which would lead
 * elsewhere. A new one is never more open than the folder that it is in.
 *
 * @param path - Absolute, below `root`, which is there.
 * @throws {ChatferryError} `FILE_SYSTEM`, naming what is no folder.
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
 * Takes away the files of ours in a folder of ours, by their names, and the folder where nothing is left in it. Nothing
 * below it is touched, and what is called otherwise stays. Does nothing where there is no such folder.
 *
 * @param isOwn - Whether a file of that name was made here and is of no use any more.
 * @returns the names that stayed.
 * @throws {ChatferryError} `FILE_SYSTEM`, naming what is a link or no file and has a name of ours.
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

/** Removes a folder of ours where nothing is in it. @throws {ChatferryError} `FILE_SYSTEM` where it is a link or a file. */
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
