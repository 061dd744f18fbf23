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
  /** Permissions of the chat's folder if it is created, before the umask. @defaultValue 0o777 */
  readonly folderMode?: number;
}

/** The folder of derivatives, relative to the chat's folder. Previews from the source are there as well. */
const FOLDER = 'thumbs';
/** Digits of the hash in a name: 128 bits make it unique. */
const NAME_DIGITS = 32;

/**
 * The derivatives of one chat: `thumbs/<hash of the media file>.thumb.webp` and so on. Their names depend on the
 * content, so that duplicates share them, and a resumed run makes the same files. They appear complete or not at all.
 */
export class DerivativeFiles {
  /**
   * The folder where they are made; absolute, on the same file system. It exists after {@link DerivativeFiles.prepare}.
   */
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

  /** The beginning of the names of a content's derivatives. */
  nameOf(sha256: string): string {
    return sha256.slice(0, NAME_DIGITS);
  }

  /** Absolute. */
  absoluteMediaPath(path: string): string {
    return join(this.#chatFolder, path);
  }

  /**
   * Creates the folder where they are made. The first call removes the files of a killed run; later calls keep the
   * unfinished files of this run.
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
   * Moves files from {@link DerivativeFiles.workFolder} to their final names, durable on return.
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
   * Links derivatives of another chat into this one.
   *
   * @param paths - Relative to the folder of that chat.
   * @returns whether all existed with their sizes.
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
    // Renaming one hard link over another of the same file does nothing and leaves both (rename(2)).
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

/** Undefined if there is no such file. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await entryAt(path);
    return found?.kind === 'file' ? found.sizeBytes : undefined;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}
