import { join, resolve } from 'node:path';

import { DERIVED_FOLDER, isDerivedName } from './file-name.js';
import { DirectorySync } from '../../disk/directory-sync.js';
import { replaceFile, syncFile } from '../../disk/durable-file.js';
import { entryAt } from '../../disk/entry.js';
import { isSystemError, withFileErrors } from '../../disk/file-error.js';
import { linkOrCopy } from '../../disk/link-or-copy.js';
import { removeOwnFile } from '../../disk/own-file.js';
import { emptyOwnFolder, makeOwnFolder, removeEmptyFolder } from '../../disk/tree-folder.js';
import { OwnTree } from '../../disk/own-tree.js';

export interface DerivativeFilesOptions {
  /** The directory of the archive. */
  readonly directory: string;
  /** The folder of the chat, relative to it. */
  readonly folder: string;
  /** Permissions of the chat's folder where it is made, before the umask. @defaultValue 0o777 */
  readonly folderMode?: number;
}

/** Where derivatives go, relative to the chat's folder. Previews that the source brought are there as well. */
const FOLDER = 'thumbs';
/** Digits of the hash that a name has: 128 bits tell all files apart. */
const NAME_DIGITS = 32;

/**
 * The derivatives of one chat: `thumbs/<hash of the medium>.thumb.webp` and so on. They are named after the content, so
 * that duplicates share them, and an interrupted run and its next make the same files. They appear whole or not at all.
 */
export class DerivativeFiles {
  /** Where they are made, absolute, on the same file system. It is there after {@link DerivativeFiles.prepare}. */
  readonly workFolder: string;
  readonly #directory: string;
  readonly #folderMode: number;
  readonly #tree: OwnTree;
  readonly #chatFolder: string;
  readonly #sync = new DirectorySync();
  #hasFolder = false;
  #isCleared = false;

  constructor({ directory, folder, folderMode = 0o777 }: DerivativeFilesOptions) {
    this.#directory = resolve(directory);
    this.#folderMode = folderMode;
    this.#tree = new OwnTree(this.#directory);
    this.#chatFolder = resolve(directory, folder);
    this.workFolder = join(this.#chatFolder, DERIVED_FOLDER);
  }

  /** What the names of derivatives of a content begin with. */
  nameOf(sha256: string): string {
    return sha256.slice(0, NAME_DIGITS);
  }

  /** Absolute. */
  mediumPath(path: string): string {
    return join(this.#chatFolder, path);
  }

  /**
   * Makes the folder where they are made. The first call removes what a killed run left there; later ones leave alone what is
   * on its way in this run.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`, naming a link or a device in its place.
   */
  async prepare(): Promise<void> {
    await makeOwnFolder(this.#directory, this.workFolder, { mode: this.#folderMode });
    if (this.#isCleared) return;
    this.#isCleared = true;
    await emptyOwnFolder(this.workFolder, isDerivedName);
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
      if (!(await this.#tree.reaches(from)) || (await sizeOf(from)) !== sizeBytes) return false;
      const name = path.slice(FOLDER.length + 1);
      await withFileErrors('link', from, () => linkOrCopy(from, join(this.workFolder, name)));
      names.push(name);
    }
    await this.place(names);
    // Renaming one link of a file over another does nothing and leaves both (rename(2)).
    for (const name of names) {
      const temporary = join(this.workFolder, name);
      await withFileErrors('remove', temporary, () => removeOwnFile(temporary));
    }
    return true;
  }

  /** Removes derivatives that are not among `named`, and the folder where they are made. */
  async finish(named: ReadonlySet<string>): Promise<void> {
    const folder = join(this.#chatFolder, FOLDER);
    await emptyOwnFolder(folder, (name) => isDerivedName(name) && !named.has(`${FOLDER}/${name}`));
    await emptyOwnFolder(this.workFolder, isDerivedName);
    await removeEmptyFolder(this.workFolder);
  }

  async #makeFolder(): Promise<void> {
    if (this.#hasFolder) return;
    await makeOwnFolder(this.#directory, join(this.#chatFolder, FOLDER), { mode: this.#folderMode });
    this.#hasFolder = true;
  }
}

/** Undefined where there is no such file. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await entryAt(path);
    return found?.kind === 'file' ? found.sizeBytes : undefined;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
