import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';

import { isSystemError } from '../../disk/file-error.js';
import { openOwnFile } from '../../disk/own-file.js';
import type { StoredFile } from '../../chat/record.js';

/** Where a file is, and what the archive says of it. */
export interface FileOnDisk extends Pick<StoredFile, 'sizeBytes' | 'sha256'> {
  readonly absolutePath: string;
}

/** Files that were read and found right: what a chat posts again, it posts many times. */
const REMEMBERED_FILES = 4096;

/**
 * Says whether files still are what the archive says of them, by size and SHA-256. A file is read once, as fast as the
 * disk does and in constant memory; again only when the system says that it was written since, or is another.
 */
export class IntactFiles {
  /** What the system said of the files that were right, by path. */
  readonly #marks = new Map<string, string>();

  /**
   * A file that cannot be read is not intact.
   *
   * @throws the signal's reason when it aborts.
   */
  async has(file: FileOnDisk, signal: AbortSignal): Promise<boolean> {
    const { absolutePath: path, sha256 } = file;
    try {
      const mark = await markOf(file);
      if (mark === undefined) return false;
      if (this.#marks.get(path) === mark) return true;
      const hash = createHash('sha256');
      const opened = await openOwnFile(path);
      for await (const chunk of opened.createReadStream({ signal }) as AsyncIterable<Buffer>) hash.update(chunk);
      if (hash.digest('hex') !== sha256) return false;
      this.#remember(path, mark); // Of before: what was written meanwhile has another.
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (isSystemError(error)) return false;
      throw error;
    }
  }

  #remember(path: string, mark: string): void {
    this.#marks.set(path, mark);
    if (this.#marks.size <= REMEMBERED_FILES) return;
    const oldest = this.#marks.keys().next();
    if (oldest.done !== true) this.#marks.delete(oldest.value);
  }
}

/** Undefined where there is no file of that size. */
async function markOf({ absolutePath, sizeBytes, sha256 }: FileOnDisk): Promise<string | undefined> {
  const info = await lstat(absolutePath, { bigint: true });
  return info.isFile() && info.size === BigInt(sizeBytes) ? `${info.mtimeNs} ${info.ino} ${sha256}` : undefined;
}
