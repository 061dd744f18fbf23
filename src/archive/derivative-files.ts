import { readdir, rm, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';

import { PARTIAL_FOLDER } from './file-name.js';
import { DirectorySync } from '../disk/directory-sync.js';
import { makeFolderDurably, replaceFile, syncFile } from '../disk/durable-file.js';
import { isSystemError, withFileErrors } from '../disk/file-error.js';
import { linkOrCopy } from '../disk/link-or-copy.js';
import { makeFolder } from '../disk/make-folder.js';

export interface DerivativeFilesOptions {
  /** The directory of the archive. */
  readonly directory: string;
  /** The folder of the chat, relative to it. */
  readonly folder: string;
}

/** Where derivatives go, relative to the chat's folder. Previews that the source brought are there as well. */
const FOLDER = 'thumbs';
/** Digits of the hash that a name has: 128 bits tell all files apart. */
const NAME_DIGITS = 32;
const OWN_NAME = /^[0-9a-f]{32}\./;

/**
 * The derivatives of one chat: `thumbs/<hash of the medium>.thumb.webp` and so on. They are named after the content, so
 * that duplicates share them, and an interrupted run and its next make the same files. They appear whole or not at all.
 */
export class DerivativeFiles {
  /** Where they are made, absolute, on the same file system. It is there after {@link DerivativeFiles.prepare}. */
  readonly workFolder: string;
  readonly #directory: string;
  readonly #chatFolder: string;
  readonly #sync = new DirectorySync();
  #hasFolder = false;

  constructor({ directory, folder }: DerivativeFilesOptions) {
    this.#directory = resolve(directory);
    this.#chatFolder = resolve(directory, folder);
    this.workFolder = join(this.#chatFolder, PARTIAL_FOLDER, 'derived');
  }

  /** What the names of derivatives of a content begin with. */
  nameOf(sha256: string): string {
    return sha256.slice(0, NAME_DIGITS);
  }

  /** Absolute. */
  mediumPath(path: string): string {
    return join(this.#chatFolder, path);
  }

  async prepare(): Promise<void> {
    await withFileErrors('create the folder', this.workFolder, () => makeFolder(this.workFolder));
  }

  /**
   * Gives files from {@link DerivativeFiles.workFolder} their place, durable on return.
   *
   * @param fileNames - Inside that folder.
   * @returns the paths relative to the chat's folder, in the same order.
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  async place(fileNames: readonly string[]): Promise<readonly string[]> {
    if (fileNames.length === 0) return [];
    await this.#makeFolder();
    for (const name of fileNames) {
      const made = join(this.workFolder, name);
      await syncFile(made);
      await replaceFile(made, join(this.#chatFolder, FOLDER, name));
    }
    await this.#sync.sync(join(this.#chatFolder, FOLDER));
    return fileNames.map((name) => `${FOLDER}/${name}`);
  }

  /**
   * Gives derivatives that another chat has a name here.
   *
   * @param paths - Relative to the folder of that chat.
   * @returns whether all were there with their sizes.
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  async share(
    folder: string,
    files: readonly { readonly path: string; readonly sizeBytes: number }[],
  ): Promise<boolean> {
    const names: string[] = [];
    for (const { path, sizeBytes } of files) {
      const from = join(this.#directory, folder, path);
      if ((await sizeOf(from)) !== sizeBytes) return false;
      const name = path.slice(FOLDER.length + 1);
      await withFileErrors('link', from, () => linkOrCopy(from, join(this.workFolder, name)));
      names.push(name);
    }
    await this.place(names);
    // Renaming one link of a file over another does nothing and leaves both (rename(2)).
    for (const name of names) await rm(join(this.workFolder, name), { force: true });
    return true;
  }

  /** Removes derivatives that are not among `named`, and the folder where they are made. */
  async finish(named: ReadonlySet<string>): Promise<void> {
    const folder = join(this.#chatFolder, FOLDER);
    await withFileErrors('clear the folder', folder, async () => {
      for (const name of await namesIn(folder)) {
        const isStray = OWN_NAME.test(name) && extname(name) !== '' && !named.has(`${FOLDER}/${name}`);
        if (isStray) await rm(join(folder, name), { force: true });
      }
      await rm(this.workFolder, { recursive: true, force: true });
    });
  }

  async #makeFolder(): Promise<void> {
    if (this.#hasFolder) return;
    await makeFolderDurably(join(this.#chatFolder, FOLDER));
    this.#hasFolder = true;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Undefined where there is no such file. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
