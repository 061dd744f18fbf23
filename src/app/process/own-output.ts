import { lstat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

import { isSystemError } from '../../disk/file-error.js';
import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import { MADE_DATABASE, readOutputs } from './made-table.js';

/** Knows which files `process` itself has made, from the databases in its output folders. */
export class OwnOutput {
  /**
   * Per folder: the files made in it and below, relative to it. Undefined for a folder that is not an output folder.
   */
  readonly #outputs = new Map<string, ReadonlySet<string> | undefined>();
  readonly #own = new Set<string>();

  /** How many of the files passed to `has` are. */
  get count(): number {
    return this.#own.size;
  }

  /**
   * @param path - Absolute.
   *
   * @throws {ChatferryError} `FILE_SYSTEM` when the database of an output folder cannot be read.
   */
  async has(path: string): Promise<boolean> {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const outputs = await this.#outputsOf(folder);
      if (outputs?.has(relative(folder, path).split(sep).join('/')) === true) {
        this.#own.add(path);
        return true;
      }
      if (folder === dirname(folder)) return false;
    }
  }

  async #outputsOf(folder: string): Promise<ReadonlySet<string> | undefined> {
    if (this.#outputs.has(folder)) return this.#outputs.get(folder);
    const database = join(folder, MADE_DATABASE);
    const outputs = (await isFile(database)) ? outputsIn(database) : undefined;
    this.#outputs.set(folder, outputs);
    return outputs;
  }
}

function outputsIn(database: string): ReadonlySet<string> {
  try {
    return readOutputs(database);
  } catch (cause) {
    const message = `${database} cannot be read, so it is unknown what chatferry made in its folder: ${errorMessage(cause)} Remove it, or name other files.`;
    throw new ChatferryError('FILE_SYSTEM', message, { cause });
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}
