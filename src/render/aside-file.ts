import { type FileHandle, readdir } from 'node:fs/promises';
import path from 'node:path';

import type { ArchiveReader } from '../archive/archive-reader.js';
import { replaceFile, syncDirectory } from '../disk/durable-file.js';
import { isSystemError, withFileErrors } from '../disk/file-error.js';
import { createOwnFile, removeOwnFile } from '../disk/own-file.js';
import { makeOwnFolder } from '../disk/tree-folder.js';

/** Text is gathered up to this many UTF-16 code units and then written in one piece. */
const FULL = 256 * 1024;

const ASIDE_SUFFIX = '.partial';

/**
 * A text file that is written piece by piece beside its place and takes the place only when it is whole. Its name aside
 * carries the process, so that two that write the same file never mix; what a killed one left is removed by the next.
 */
export class AsideFile {
  /** Absolute path of the place. */
  readonly path: string;
  readonly #asidePath: string;
  readonly #file: FileHandle;
  #pending = '';
  #isOpen = true;
  #isInPlace = false;

  private constructor(finalPath: string, asidePath: string, file: FileHandle) {
    this.path = finalPath;
    this.#asidePath = asidePath;
    this.#file = file;
  }

  /**
   * Makes the folder where there is none.
   *
   * @param archive - What the folder is in.
   * @throws {ChatferryError} `FILE_SYSTEM`, naming what is no file or folder of ours in the place of one.
   */
  static async open(archive: Pick<ArchiveReader, 'directory' | 'folderMode'>, finalPath: string): Promise<AsideFile> {
    const folder = path.dirname(finalPath);
    const asideName = `.${path.basename(finalPath)}.`;
    const asidePath = path.join(folder, `${asideName}${process.pid}${ASIDE_SUFFIX}`);
    await makeOwnFolder(archive.directory, folder, { mode: archive.folderMode });
    await removeLeftovers(folder, asideName);
    return new AsideFile(
      finalPath,
      asidePath,
      await withFileErrors('write', asidePath, () => createOwnFile(asidePath)),
    );
  }

  /** Adds text in memory; {@link flush} when {@link isFull}. Half a character at the end of a piece would be lost. */
  append(text: string): void {
    this.#pending += text;
  }

  get isFull(): boolean {
    return this.#pending.length >= FULL;
  }

  /** Writes what was added. @throws {ChatferryError} `FILE_SYSTEM` */
  async flush(): Promise<void> {
    const bytes = Buffer.from(this.#pending, 'utf8');
    this.#pending = '';
    await withFileErrors('write', this.#asidePath, async () => {
      for (let written = 0; written < bytes.length;) {
        written += (await this.#file.write(bytes, written)).bytesWritten; // A full disk may take a part only.
      }
    });
  }

  /** Writes the rest and puts the file in its place, durable. @throws {ChatferryError} `FILE_SYSTEM` */
  async commit(): Promise<void> {
    await this.flush();
    await withFileErrors('write', this.#asidePath, async () => {
      await this.#file.sync();
      await this.#close();
    });
    await replaceFile(this.#asidePath, this.path);
    this.#isInPlace = true;
    await syncDirectory(path.dirname(this.path));
  }

  /** Removes what is not in its place; does nothing after {@link commit}. @throws {ChatferryError} `FILE_SYSTEM` */
  async discard(): Promise<void> {
    if (this.#isInPlace) return;
    await withFileErrors('remove', this.#asidePath, async () => {
      await this.#close();
      await removeOwnFile(this.#asidePath);
    });
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }
}

/** Removes what processes that are gone have left of the same file. */
async function removeLeftovers(folder: string, asideName: string): Promise<void> {
  await withFileErrors('clear the folder', folder, async () => {
    for (const name of await readdir(folder)) {
      if (!name.startsWith(asideName) || !name.endsWith(ASIDE_SUFFIX)) continue;
      const pid = Number(name.slice(asideName.length, -ASIDE_SUFFIX.length));
      if (Number.isSafeInteger(pid) && pid > 0 && !isRunning(pid)) await removeOwnFile(path.join(folder, name));
    }
  });
}

/** Signal 0 is none: it only asks whether there is somebody to send it to (kill(2)). */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error, 'EPERM'); // Somebody else's process is running, too.
  }
}
