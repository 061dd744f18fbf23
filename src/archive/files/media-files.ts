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
  /** Permissions of the chat's folder if it is created, before the umask. @defaultValue 0o777 */
  readonly folderMode?: number;
  /**
   * Remote ids of media whose partial files this run can resume.
   *
   * @defaultValue none
   */
  readonly resumable?: readonly string[];
}

/**
 * Names of our temporary files: partial files by remote id, complete files by message, new links, and a file that is
 * written before it is renamed.
 */
const OWN_NAME = /^(?:.+\.part|[mn]?\d+_\d+(?:\.link)?|second\.link)$/;

/**
 * The media files of one chat: their names, and how they are written. A file appears under its final name complete or
 * not at all. When a method resolves, bytes and name are durable, so that a row may name the file.
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
  /** Remote ids of the partial files of an earlier run that this run has not used yet, by file name. */
  readonly #resumable: Map<string, string>;

  constructor({ directory, folder, folderMode = 0o777, resumable = [] }: MediaFilesOptions) {
    this.#directory = resolve(directory);
    this.#folderMode = folderMode;
    this.#chatFolder = resolve(directory, folder);
    this.#partialFolder = join(this.#chatFolder, PARTIAL_FOLDER);
    this.#resumable = new Map(resumable.map((remoteId) => [partialName(remoteId), remoteId]));
  }

  /**
   * Creates the chat's folder, and in it the folder of partial files. Removes the files of a killed run from it, except
   * files that can be resumed. Files with foreign names stay.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`, naming a link or device that is in the place of a folder or file of ours.
   */
  async prepare(): Promise<void> {
    await makeOwnFolder(this.#directory, this.#partialFolder, { mode: this.#folderMode });
    await emptyOwnFolder(this.#partialFolder, (name) => OWN_NAME.test(name) && !this.#resumable.has(name));
    const derived = join(this.#chatFolder, DERIVED_FOLDER);
    await emptyOwnFolder(derived, isDerivedName);
    await removeEmptyFolder(derived);
  }

  /**
   * Removes partial files of an earlier run that this run did not use, and the folder of partial files if it is empty.
   * Call it when the run has seen all messages of the chat.
   *
   * @returns the remote ids of the files that were removed.
   */
  async finish(): Promise<readonly string[]> {
    for (const name of this.#resumable.keys()) await this.removeTemporary(join(this.#partialFolder, name));
    // The next run's prepare() removes other files of ours.
    await removeEmptyFolder(this.#partialFolder);
    return [...this.#resumable.values()];
  }

  /**
   * The temporary path of a media file; absolute. It is the same for the same remote id, also in a later run. Media
   * without a remote id have one path per message.
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
   * The sizes of files of the chat on disk, in bytes; undefined if there is no file.
   *
   * @param paths - Relative to the chat's folder.
   * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  sizesOf(paths: readonly string[], signal: AbortSignal): Promise<readonly (number | undefined)[]> {
    return fileSizes(this.#chatFolder, paths, signal);
  }

  /**
   * Restores a lost file from another file with the same bytes. Replaces what has that name. Shares blocks as
   * {@link MediaFiles.link} does.
   *
   * @param path - Relative to the chat's folder.
   * @returns whether the other file was intact.
   * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
   */
  async restore(existing: FileOnDisk, path: string, signal: AbortSignal): Promise<boolean> {
    const { absolutePath } = existing;
    if (absolutePath === join(this.#chatFolder, path) || !(await this.#intact.has(existing, signal))) return false;
    await this.#linkTo(absolutePath, path);
    return true;
  }

  /**
   * Writes again a file whose content is in the message, durable on return. Replaces what has that name.
   *
   * @param path - Relative to the chat's folder.
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  async rewrite(content: string, path: string): Promise<void> {
    const absolute = join(this.#chatFolder, path);
    await this.#makeFolder(dirname(absolute));
    await writeDurably(absolute, content);
  }

  /** The path that {@link MediaFiles.place} and {@link MediaFiles.link} return, relative to the chat's folder. */
  finalPath(target: MediaTarget): string {
    return mediaPath(target);
  }

  /** The absolute path of a file of the chat. @param path - Relative to the chat's folder. */
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
   * Gives a complete file its final name. Its bytes must be synced. An existing file is replaced.
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
   * Gives stored bytes a second name: a copy that shares blocks (reflink); if the file system has none, a hard link;
   * else a full copy. Deleting or replacing one name does not affect the other.
   *
   * @returns the path relative to the chat's folder; undefined if the existing file is missing or was changed, so that
   *   wrong bytes never spread.
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
      // Renaming one hard link over another of the same file does nothing and leaves both (rename(2)).
      await this.removeTemporary(temporary);
    }
  }

  /**
   * Gives a file of the chat a second name in the chat, durable on return. Replaces what has that name.
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
   * Size and SHA-256 of a file of the chat; undefined if it does not exist.
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

  /** Writes content that is in the message itself, such as a contact card. @throws {ChatferryError} `FILE_SYSTEM` */
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

  /** Runs once per folder. A failure is not kept, so that the next file tries again. */
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

  /**
   * Removes a temporary file that is no longer needed.
   *
   * @param path - Absolute.
   * @throws {ChatferryError} `FILE_SYSTEM`
   */
  async removeTemporary(path: string): Promise<void> {
    await withFileErrors('remove', path, () => removeOwnFile(path));
  }
}

/**
 * Remote ids consist of ASCII letters, digits and colons. Other characters are escaped, so that names stay distinct.
 */
function partialName(remoteId: string): string {
  const spelled = remoteId.replaceAll(/[^\w:-]/g, (sign) => `%${sign.codePointAt(0)?.toString(16) ?? ''}.`);
  return `${spelled.replaceAll(':', '+')}.part`;
}
