import { realpath as realpathOf } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';

import { entryAt, entryAtSync } from './entry.js';
import { isSystemError } from './file-error.js';

/** Node's own, which looks for links only. The system's turns the drives of Windows into other names. */
const realpath = promisify(realpathOf);

/**
 * Where a folder is that the user named, such as EXPORT_DIR. It may be a link, and there may be links on the way to it:
 * they are the user's choice, and are followed here once. Below it none is.
 *
 * @returns the path without links, absolute; as it is, where nothing can be found there.
 */
export async function resolveRoot(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isSystemError(error)) return resolve(path); // Whoever opens it says what is wrong.
    throw error;
  }
}

/** Every folder between a root and a folder below it, that one included, uppermost first. */
export function foldersBelow(root: string, path: string): readonly string[] {
  const names = relative(root, path).split(sep);
  if (names[0] === '') return [];
  return names.map((_, index) => join(root, ...names.slice(0, index + 1)));
}

/**
 * Tells whether files below a folder can be reached without a link: one on the way would lead to files of others. What
 * was found to be a folder is not looked at again.
 */
export class OwnTree {
  readonly #root: string;
  readonly #folders = new Set<string>();

  /** @param root - Absolute. It may be no link itself; see {@link resolveRoot}. */
  constructor(root: string) {
    this.#root = root;
  }

  /** @param path - Of a file, absolute, below the root. @throws Node's error for what cannot be looked at. */
  async reaches(path: string): Promise<boolean> {
    for (const folder of this.#unknownAbove(path)) {
      if ((await entryAt(folder))?.kind !== 'folder') return false;
      this.#folders.add(folder);
    }
    return true;
  }

  /**
   * In bytes. Undefined where there is no such file, where it cannot be reached, and where a link is in its place or on
   * the way to it.
   */
  fileSizeSync(path: string): number | undefined {
    try {
      const found = this.#reachesSync(path) ? entryAtSync(path) : undefined;
      return found?.kind === 'file' ? found.sizeBytes : undefined;
    } catch (error) {
      if (isSystemError(error)) return undefined;
      throw error;
    }
  }

  #reachesSync(path: string): boolean {
    for (const folder of this.#unknownAbove(path)) {
      if (entryAtSync(folder)?.kind !== 'folder') return false;
      this.#folders.add(folder);
    }
    return true;
  }

  #unknownAbove(path: string): readonly string[] {
    const folder = dirname(path);
    if (this.#folders.has(folder)) return [];
    return [this.#root, ...foldersBelow(this.#root, folder)].filter((above) => !this.#folders.has(above));
  }
}
