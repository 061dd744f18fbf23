import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';

import type { Message } from '../../chat/message.js';
import { DirectorySync } from '../../disk/directory-sync.js';
import { replaceFile, writeDurably, writeSynced } from '../../disk/durable-file.js';
import { isSystemError, withFileErrors } from '../../disk/file-error.js';
import { DERIVED_FOLDER, idName, isDerivedName, mediaPath, type MediaTarget, PARTIAL_FOLDER } from './file-name.js';
import { type FileOnDisk, IntactFiles } from './intact-files.js';
import { linkOrCopy } from '../../disk/link-or-copy.js';
import type { StoredFile } from '../../chat/record.js';
import { openOwnFile, removeOwnFile } from '../../disk/own-file.js';
import { emptyOwnFolder, makeOwnFolder, removeEmptyFolder } from '../../disk/tree-folder.js';
import { OwnTree } from '../../disk/own-tree.js';
import { fileSizes } from '../verify/file-sizes.js';

export interface MediaFilesOptions {
  /** The directory of the archive. */
  readonly directory: string;
  /** The folder of the chat, relative to it. */
  readonly folder: string;
  /** Permissions of the chat's folder where it is made, before the umask. @defaultValue 0o777 */
  readonly folderMode?: number;
  /**
   * Remote ids of media whose partial files are of use to this run.
   *
   * @defaultValue none
   */
  readonly resumable?: readonly string[];
}

/** Of files on their way: parts by remote id, whole ones by message, second names, and one that is written aside. */
const OWN_NAME = /^(?:.+\.part|[mn]?\d+_\d+(?:\.link)?|second\.link)$/;

/**
 * The media files of one chat: what they are called and how they get there. A file appears under its final name whole
 * or not at all, and when a method resolves, bytes and name are durable, so that a row may name it.
 *
 * Methods may run in parallel for different media.
 */
export class MediaFiles {
  readonly #directory: string;
  readonly #folderMode: number;
  readonly #chatFolder: string;
  readonly #partialFolder: string;
  readonly #sync = new DirectorySync();
  readonly #intact = new IntactFiles();
  readonly #made = new Map<string, Promise<void>>();
  /** Remote ids of the partial files of an earlier run that nobody has asked for yet, by file name. */
  readonly #resumable: Map<string, string>;

  constructor({ directory, folder, folderMode = 0o777, resumable = [] }: MediaFilesOptions) {
    this.#directory = resolve(directory);
    this.#folderMode = folderMode;
    this.#chatFolder = resolve(directory, folder);
    this.#partialFolder = join(this.#chatFolder, PARTIAL_FOLDER);
    this.#resumable = new Map(resumable.map((remoteId) => [partialName(remoteId), remoteId]));
  }

  /**
   * Makes the chat's folder, and one for files on their way. What a killed run left there is removed, but for files that
   * can be gone on with. What has no name of ours stays.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`, naming a link or a device in the place of a folder or file of ours.
   */
  async prepare(): Promise<void> {
    await makeOwnFolder(this.#directory, this.#partialFolder, { mode: this.#folderMode });
    await emptyOwnFolder(this.#partialFolder, (name) => OWN_NAME.test(name) && !this.#resumable.has(name));
    const derived = join(this.#chatFolder, DERIVED_FOLDER);
    await emptyOwnFolder(derived, isDerivedName);
    await removeEmptyFolder(derived);
  }

  /**
   * Removes partial files of an earlier run that nobody asked for in this one, and the folder for files on their way if
   * nothing is left in it. Call it when the run has seen all messages of the chat.
   *
   * @returns the remote ids of the files that were removed.
   */
  async finish(): Promise<readonly string[]> {
    for (const name of this.#resumable.keys()) await this.removeTemporary(join(this.#partialFolder, name));
    // What is still there belongs to the next run's prepare(), or to others.
    await removeEmptyFolder(this.#partialFolder);
    return [...this.#resumable.values()];
  }

  /**
   * Where the bytes of a medium go until they are complete: absolute; the same for the same remote id, also in a later
   * run. A medium without one has a place of its own in each message.
   */
  temporaryPath(message: Message, index: number): string {
    const remoteId = message.media[index]?.remoteId;
    if (remoteId === undefined) return this.#placeOf(message, index);
    const name = partialName(remoteId);
    this.#resumable.delete(name);
    return join(this.#partialFolder, name);
  }

  #placeOf(message: Message, index: number): string {
    return join(this.#partialFolder, `${idName(message.id)}_${index + 1}`);
  }

  /**
   * The sizes that files of the chat have on the disk, in bytes; undefined where there is none.
   *
   * @param paths - Relative to the chat's folder.
   * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  sizesOf(paths: readonly string[], signal: AbortSignal): Promise<readonly (number | undefined)[]> {
    return fileSizes(this.#chatFolder, paths, signal);
  }

  /**
   * Gives back to a name of the chat the bytes that it had, from another file that has them. What has that name is
   * replaced. Files may be shared as {@link MediaFiles.link} does.
   *
   * @param path - Relative to the chat's folder.
   * @returns whether the other file is what it should be.
   * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  async restore(existing: FileOnDisk, path: string, signal: AbortSignal): Promise<boolean> {
    const { absolutePath } = existing;
    if (absolutePath === join(this.#chatFolder, path) || !(await this.#intact.has(existing, signal))) return false;
    await this.#linkTo(absolutePath, path);
    return true;
  }

  /**
   * Writes again what a message carries itself, durable on return. What has the name is replaced.
   *
   * @param path - Relative to the chat's folder.
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  async rewrite(content: string, path: string): Promise<void> {
    const absolute = join(this.#chatFolder, path);
    await this.#makeFolder(dirname(absolute));
    await writeDurably(absolute, content);
  }

  /** The path that {@link MediaFiles.place} and {@link MediaFiles.link} give, relative to the chat's folder. */
  finalPath(target: MediaTarget): string {
    return mediaPath(target);
  }

  /** Where a file of the chat is. @param path - Relative to the chat's folder. */
  absolute(path: string): string {
    return join(this.#chatFolder, path);
  }

  /** Removes a file that no row names. @param path - Relative to the chat's folder. @throws {ChatferryError} `FILE_SYSTEM` */
  async remove(path: string): Promise<void> {
    await withFileErrors('remove', path, async () => {
      const absolute = join(this.#chatFolder, path);
      if (await new OwnTree(this.#chatFolder).reaches(absolute)) await removeOwnFile(absolute);
    });
  }

  /**
   * Gives a complete file its readable name. Its bytes must be synced. A file that is there already is replaced.
   *
   * @returns the path relative to the chat's folder, as {@link StoredFile} has it.
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  async place(temporaryPath: string, target: MediaTarget): Promise<string> {
    const path = mediaPath(target);
    const absolute = join(this.#chatFolder, path);
    const folder = dirname(absolute);
    await this.#makeFolder(folder);
    await replaceFile(temporaryPath, absolute);
    await this.#sync.sync(folder);
    return path;
  }

  /**
   * Gives bytes that are stored already a second name: a copy that shares its blocks; where the file system has none, a
   * hard link; else a copy that the system makes. To delete or replace one name leaves the other as it is.
   *
   * @returns the path relative to the chat's folder; undefined when the existing file is gone or was changed since, so
   *   that nothing false is passed on.
   * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  async link(existing: FileOnDisk, target: MediaTarget, signal: AbortSignal): Promise<string | undefined> {
    if (!(await this.#intact.has(existing, signal))) return undefined;
    const path = mediaPath(target);
    const { absolutePath } = existing;
    if (join(this.#chatFolder, path) === absolutePath) return path;
    const temporary = `${this.#placeOf(target.message, target.index)}.link`;
    try {
      await withFileErrors('link', absolutePath, () => linkOrCopy(absolutePath, temporary));
      return await this.place(temporary, target);
    } finally {
      // Renaming one link of a file over another does nothing and leaves both (rename(2)).
      await this.removeTemporary(temporary);
    }
  }

  /**
   * Gives a file of the chat a second name in it, durable on return. What has that name is replaced.
   *
   * @param path - Both relative to the chat's folder.
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  async linkAs(existing: string, path: string): Promise<void> {
    await this.#linkTo(join(this.#chatFolder, existing), path);
  }

  async #linkTo(existing: string, path: string): Promise<void> {
    const absolute = join(this.#chatFolder, path);
    const temporary = join(this.#partialFolder, 'second.link');
    await this.#makeFolder(this.#partialFolder);
    await this.#makeFolder(dirname(absolute));
    try {
      await withFileErrors('link', existing, () => linkOrCopy(existing, temporary));
      await replaceFile(temporary, absolute);
      await this.#sync.sync(dirname(absolute));
    } finally {
      await this.removeTemporary(temporary);
    }
  }

  /**
   * Size and SHA-256 of a file of the chat; undefined where it is not there.
   *
   * @param path - Relative to the chat's folder.
   * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  async digestOf(path: string, signal: AbortSignal): Promise<Omit<StoredFile, 'path'> | undefined> {
    const absolute = join(this.#chatFolder, path);
    return withFileErrors('read', absolute, async () => {
      try {
        const hash = createHash('sha256');
        let sizeBytes = 0;
        const file = await openOwnFile(absolute);
        for await (const chunk of file.createReadStream({ signal }) as AsyncIterable<Buffer>) {
          hash.update(chunk);
          sizeBytes += chunk.length;
        }
        return { sizeBytes, sha256: hash.digest('hex') };
      } catch (error) {
        signal.throwIfAborted();
        if (isSystemError(error, 'ENOENT')) return undefined;
        throw error;
      }
    });
  }

  /** Writes content that a message carries itself, such as a contact card. @throws {ChatferryError} `FILE_SYSTEM` */
  async write(content: Uint8Array | string, target: MediaTarget): Promise<StoredFile> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const temporary = this.#placeOf(target.message, target.index);
    try {
      await writeSynced(temporary, bytes);
      const path = await this.place(temporary, target);
      return { path, sizeBytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') };
    } finally {
      await this.removeTemporary(temporary);
    }
  }

  /** Once for each folder; a failure is forgotten, so that the next file tries again. */
  async #makeFolder(folder: string): Promise<void> {
    let made = this.#made.get(folder);
    if (made === undefined) {
      made = makeOwnFolder(this.#directory, folder, { mode: this.#folderMode });
      this.#made.set(folder, made);
    }
    try {
      await made;
    } catch (error) {
      this.#made.delete(folder);
      throw error;
    }
  }

  /** Removes a file on its way that is of no use. @param path - Absolute. @throws {ChatferryError} `FILE_SYSTEM` */
  async removeTemporary(path: string): Promise<void> {
    await withFileErrors('remove', path, () => removeOwnFile(path));
  }
}

/** Remote ids are made of ASCII letters, digits and colons; anything else is spelled out, so that names stay apart. */
function partialName(remoteId: string): string {
  const spelled = remoteId.replaceAll(/[^\w:-]/g, (sign) => `%${sign.codePointAt(0)?.toString(16) ?? ''}.`);
  return `${spelled.replaceAll(':', '+')}.part`;
}
