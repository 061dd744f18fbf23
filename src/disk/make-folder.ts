import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { ChatferryError } from '../errors/chatferry-error.js';
import { isSystemError } from './file-error.js';

export interface MakeFolderOptions {
  /** Permissions of new folders, before the umask. @defaultValue 0o777 */
  readonly mode?: number;
}

/**
 * Creates a folder and its missing parents.
 *
 * Node's own recursive `mkdir` loops for ever in an existing folder that accepts no new ones, such as /proc, because it
 * takes "no such file" for a missing parent each time.
 *
 * @returns the absolute path of the uppermost folder that was missing; undefined if none was.
 * @throws {ChatferryError} `FILE_SYSTEM` for a place that accepts no folders.
 * @throws the error of the operating system for everything else.
 */
export async function makeFolder(path: string, { mode = 0o777 }: MakeFolderOptions = {}): Promise<string | undefined> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await isFolder(folder)); folder = dirname(folder)) {
    missing.unshift(folder);
    if (folder === dirname(folder)) break; // The drive does not exist.
  }
  for (const folder of missing) {
    try {
      await mkdir(folder, { mode });
    } catch (error) {
      if (isSystemError(error, 'EEXIST') && (await isFolder(folder))) continue; // Another process was faster.
      if (!isSystemError(error, 'ENOENT') || !(await isFolder(dirname(folder)))) throw error;
      const message = `Cannot create the folder ${path}: ${dirname(folder)} takes no folders. Choose another directory.`;
      throw new ChatferryError('FILE_SYSTEM', message, { cause: error });
    }
  }
  return missing[0];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
