import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';

import { isSystemError } from '../../disk/file-error.js';
import { openOwnFile } from '../../disk/own-file.js';
import type { StoredFile } from '../../chat/record.js';

/** The place of a file, with its size and hash in the archive. */
export interface FileOnDisk extends Pick<StoredFile, 'sizeBytes' | 'sha256'> {
  readonly absolutePath: string;
}

/** Files that were verified are remembered, because a file that a chat posts again is often posted many times. */
const REMEMBERED_FILES = 4096;

/**
 * Checks whether files still match the size and SHA-256 in the archive. A file is read once, in constant memory. It is
 * read again only if the file system shows that it was written or replaced since.
 */
export class IntactFiles {
  /** Modification time and inode of verified files, by path. */
  readonly #marks = new Map<string, string>();

  /**
   * Whether a file is intact. A file that cannot be read is not.
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
      this.#remember(path, mark); // The mark from before the reading: a write during it changes the mark.
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

/** Undefined if there is no file of that size. */
async function markOf({ absolutePath, sizeBytes, sha256 }: FileOnDisk): Promise<string | undefined> {
  const info = await lstat(absolutePath, { bigint: true });
  return info.isFile() && info.size === BigInt(sizeBytes) ? `${info.mtimeNs} ${info.ino} ${sha256}` : undefined;
}
