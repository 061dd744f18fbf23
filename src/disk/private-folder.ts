import { readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ChatferryError } from '../errors/chatferry-error.js';
import { type Entry, entryAtSync, isSameEntry } from './entry.js';
import { isSystemError, withFileErrors } from './file-error.js';
import { isOwnedByUs } from './own-folder.js';

/** On Windows a virus scanner or indexer may hold a fresh file for a moment; these are the errors. */
const HELD = ['EPERM', 'EACCES', 'EBUSY', 'ENOTEMPTY'];
const HELD_RETRIES = process.platform === 'win32' ? 3 : 0;
const HELD_PAUSE_MS = 100;

/**
 * A temporary folder that only this user may enter, so that every file in it is ours. It is identified by device and
 * inode, so another folder that has its name later is not removed.
 */
export class PrivateFolder implements AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  readonly #made: Entry;

  private constructor(path: string) {
    const found = entryAtSync(path);
    if (found?.kind !== 'folder' || !isOwnedByUs(found)) {
      throw new ChatferryError('FILE_SYSTEM', `${path} is not used: it is not a folder of this user. Is TMPDIR one?`);
    }
    this.path = path;
    this.#made = found;
  }

  /**
   * Creates one with mode 0700.
   *
   * @param prefix - The beginning of its name; the rest is random.
   * @param parent - @defaultValue the system's folder for temporary files
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  static async make(prefix: string, parent: string = tmpdir()): Promise<PrivateFolder> {
    const place = parent === tmpdir() ? `${parent} (TMPDIR names that folder)` : parent;
    const path = await withFileErrors('make a temporary folder in', place, () => mkdtemp(join(parent, prefix)));
    return new PrivateFolder(path);
  }

  /**
   * Opens a folder that another process of ours has made.
   *
   * @throws {ChatferryError} `FILE_SYSTEM` if it is not one of ours.
   */
  static at(path: string): PrivateFolder {
    return new PrivateFolder(path);
  }

  /**
   * Removes it with the files and folders in it. No link is followed. Entries that are neither file nor folder were not
   * made by us and stay, with their parent folders. So do entries on another device.
   *
   * @throws Node's error.
   */
  async remove(): Promise<void> {
    for (let retriesLeft = HELD_RETRIES; ; retriesLeft -= 1) {
      try {
        this.removeSync();
        return;
      } catch (error) {
        if (retriesLeft === 0 || !isSystemError(error, ...HELD)) throw error;
        await sleep(HELD_PAUSE_MS);
      }
    }
  }

  /** As {@link remove}, for a process that is about to end. */
  removeSync(): void {
    const found = entryAtSync(this.path);
    if (found?.kind === 'folder' && isSameEntry(found, this.#made)) this.#removeFolder(this.path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }

  #removeFolder(folder: string): void {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const found = entryAtSync(path);
      if (found?.device !== this.#made.device) continue;
      if (found.kind === 'folder') this.#removeFolder(path);
      else if (found.kind === 'file') ignoreMissing(() => unlinkSync(path));
    }
    ignoreMissing(() => {
      rmdirSync(folder);
    });
  }
}

/**
 * A decoder that is being stopped may still remove or create files, and foreign entries stay, so missing entries and
 * folders that are not empty are no errors.
 */
function ignoreMissing(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    const isHeld = HELD_RETRIES > 0 && isSystemError(error, ...HELD);
    if (isHeld || !isSystemError(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}
