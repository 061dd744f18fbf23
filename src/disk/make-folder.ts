import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { ChatferryError } from '../errors/chatferry-error.js';
import { isSystemError } from './file-error.js';

export interface MakeFolderOptions {
  /** Of the folders that are made, before the umask. @defaultValue 0o777 */
  readonly mode?: number;
}

/**
 * Makes a folder and those above it that are missing.
 *
 * Node's own recursive `mkdir` never ends where an existing folder takes no new ones, such as /proc: it takes "no such
 * file" for a missing parent again and again.
 *
 * @returns the absolute path of the uppermost folder that was missing; undefined when all were there.
 * @throws {ChatferryError} `FILE_SYSTEM` for a place that takes no folders.
 * @throws the error of the operating system for everything else.
 */
export async function makeFolder(path: string, { mode = 0o777 }: MakeFolderOptions = {}): Promise<string | undefined> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await isFolder(folder)); folder = dirname(folder)) {
    missing.unshift(folder);
    if (folder === dirname(folder)) break; // A drive that is not there.
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
