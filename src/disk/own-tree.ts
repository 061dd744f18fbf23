import { realpath as realpathOf } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';

import { entryAt, entryAtSync } from './entry.js';
import { isSystemError } from './file-error.js';

/** Node's own implementation, which only resolves links. The system's changes the names of Windows drives. */
const realpath = promisify(realpathOf);

/**
 * Resolves a folder that the user named, such as EXPORT_DIR. Links in its path are the user's choice, and are followed
 * once, here. Links below it are never followed.
 *
 * @returns the path without links, absolute; unresolved if it does not exist.
 */
export async function resolveRoot(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isSystemError(error)) return resolve(path); // The code that opens it reports the error.
    throw error;
  }
}

/** All folders between a root and a folder below it, including the latter, uppermost first. */
export function foldersBelow(root: string, path: string): readonly string[] {
  const names = relative(root, path).split(sep);
  if (names[0] === '') return [];
  return names.map((_, index) => join(root, ...names.slice(0, index + 1)));
}

/**
 * Tells whether the path to files below a folder contains no links, which could lead to foreign files. A path that was
 * found to be a folder is not examined again.
 */
export class OwnTree {
  readonly #root: string;
  readonly #folders = new Set<string>();

  /** @param root - Absolute. It must not be a link itself; see {@link resolveRoot}. */
  constructor(root: string) {
    this.#root = root;
  }

  /** @param path - Of a file, absolute, below the root. @throws Node's error if the path cannot be examined. */
  async reaches(path: string): Promise<boolean> {
    for (const folder of this.#unknownAbove(path)) {
      if ((await entryAt(folder))?.kind !== 'folder') return false;
      this.#folders.add(folder);
    }
    return true;
  }

  /** In bytes. Undefined if there is no such file, it cannot be reached, or it or a parent is a link. */
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
