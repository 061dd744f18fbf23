import { type FileHandle, readdir } from 'node:fs/promises';
import path from 'node:path';

import type { ArchiveReader } from '../archive/archive-reader.js';
import { replaceFile, syncDirectory } from '../disk/durable-file.js';
import { isSystemError, withFileErrors } from '../disk/file-error.js';
import { createOwnFile, removeOwnFile } from '../disk/own-file.js';
import { makeOwnFolder } from '../disk/tree-folder.js';

/** Text is buffered up to this many UTF-16 code units, then written at once. */
const FULL = 256 * 1024;

const ASIDE_SUFFIX = '.partial';

/**
 * A text file that is written to a temporary file beside its final path and replaces that atomically when it is complete. The
 * temporary name contains the process id, so that two processes that write the same file do not mix. The next process removes
 * what a killed one left.
 */
export class AsideFile {
  /** The final path, absolute. */
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
   * Opens the temporary file. Creates the folder if it does not exist.
   *
   * @param archive - The folder is inside its directory.
   * @throws {ChatferryError} `FILE_SYSTEM`, naming a link, device or foreign entry that is in the way.
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

  /** Adds text to the buffer; call {@link flush} when {@link isFull}. A text must not end inside a surrogate pair. */
  append(text: string): void {
    this.#pending += text;
  }

  get isFull(): boolean {
    return this.#pending.length >= FULL;
  }

  /** Writes the buffer. @throws {ChatferryError} `FILE_SYSTEM` */
  async flush(): Promise<void> {
    const bytes = Buffer.from(this.#pending, 'utf8');
    this.#pending = '';
    await withFileErrors('write', this.#asidePath, async () => {
      for (let written = 0; written < bytes.length;) {
        written += (await this.#file.write(bytes, written)).bytesWritten; // A write to a full disk may be short.
      }
    });
  }

  /** Writes the rest and replaces the final file, durable on return. @throws {ChatferryError} `FILE_SYSTEM` */
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

  /** Removes the temporary file; does nothing after {@link commit}. @throws {ChatferryError} `FILE_SYSTEM` */
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

/** Removes temporary files for the same path whose processes no longer run. */
async function removeLeftovers(folder: string, asideName: string): Promise<void> {
  await withFileErrors('clear the folder', folder, async () => {
    for (const name of await readdir(folder)) {
      if (!name.startsWith(asideName) || !name.endsWith(ASIDE_SUFFIX)) continue;
      const pid = Number(name.slice(asideName.length, -ASIDE_SUFFIX.length));
      if (Number.isSafeInteger(pid) && pid > 0 && !isRunning(pid)) await removeOwnFile(path.join(folder, name));
    }
  });
}

/** Signal 0 sends nothing: it only checks whether the process exists (kill(2)). */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error, 'EPERM'); // The process exists, and belongs to another user.
  }
}
