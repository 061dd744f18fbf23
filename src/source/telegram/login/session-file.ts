import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { syncDirectory, renameOver } from '../../../disk/durable-file.js';
import { entryAt, entryOf, foreignEntryError } from '../../../disk/entry.js';
import { isSystemError } from '../../../disk/file-error.js';
import { makeFolder } from '../../../disk/make-folder.js';
import { createOwnFile, openOwnFile, removeOwnFile } from '../../../disk/own-file.js';
import { isOwnedByUs, requireOwnFolder } from '../../../disk/own-folder.js';
import { ProcessLock } from '../../../disk/lock/process-lock.js';
import { ChatferryError, errorMessage, isChatferryError } from '../../../errors/chatferry-error.js';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Permission bits of group and others. */
const OTHERS = 0o077;
/** Session strings have about 400 bytes. */
const MAX_BYTES = 64 * 1024;
/** The version, 1, and base64. A login may replace a damaged session, but no other file. */
const SESSION_TEXT = /^1[\w+/=-]*$/;

/**
 * The login of one account on disk: gramjs StringSession text, readable by its owner only, and used by one process at a
 * time, because Telegram may revoke a key that two processes use at once.
 *
 * If others could replace the file, the next run would use another account. So links, files of other users, and folders
 * that others may write to are refused. An existing folder keeps its mode.
 */
export class SessionFile implements AsyncDisposable {
  /** The absolute path. */
  readonly path: string;
  readonly #lock: ProcessLock;

  /**
   * Locks the file, which need not exist yet. Creates a missing folder, with access for its owner only.
   *
   * @throws {ChatferryError} `LOCKED` with the process that uses it; `FILE_SYSTEM`.
   */
  static async open(path: string): Promise<SessionFile> {
    const absolute = resolve(path);
    const folder = dirname(absolute);
    try {
      await makeFolder(folder, { mode: FOLDER_MODE });
      await requireOwnFolder(
        folder,
        `The session file ${absolute}`,
        (owner) =>
          `Choose a folder of your own, run this as that user (docker run --user ${owner}), or give the session in TELEGRAM_SESSION.`,
      );
    } catch (cause) {
      if (isChatferryError(cause)) throw cause;
      const message = `The folder of the session file ${absolute} cannot be used: ${errorMessage(cause)}. Set HOME to a folder of yours, or TELEGRAM_SESSION_FILE to a file in one.`;
      throw new ChatferryError('FILE_SYSTEM', message, { cause });
    }
    const lock = ProcessLock.take(`${absolute}.lock`, `The session ${absolute}`);
    try {
      const file = new SessionFile(absolute, lock);
      await file.#requireOwnFile();
      // A run that was killed while writing left it. It contains a login, so it must not stay.
      await removeOwnFile(file.#aside, { isFolderChosen: true });
      return file;
    } catch (error) {
      lock[Symbol.dispose]();
      throw fileError('cannot be used', absolute, error);
    }
  }

  private constructor(path: string, lock: ProcessLock) {
    this.path = path;
    this.#lock = lock;
  }

  /** The temporary path for writing. It is always the same, so that the next run removes what a killed run left. */
  get #aside(): string {
    return join(dirname(this.path), `.${basename(this.path)}.partial`);
  }

  /**
   * Reads the session text; undefined if there is no login. If others may read the file, its mode is corrected.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`.
   */
  async read(): Promise<string | undefined> {
    try {
      await this.#requireOwnFile();
      await using file = await openOwnFile(this.path, { isFolderChosen: true });
      const text = (await readText(file)).trim();
      if (text === '') return undefined;
      if (!SESSION_TEXT.test(text)) throw new Error('it is not a session file');
      await this.#removeAccessOfOthers(file);
      return text;
    } catch (cause) {
      if (isSystemError(cause, 'ENOENT')) return undefined;
      throw fileError('cannot be read', this.path, cause);
    }
  }

  /**
   * Replaces the session text. After a crash the file contains the old or the new text.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`.
   */
  async write(text: string): Promise<void> {
    try {
      await this.#requireOwnFile();
      {
        await using file = await createOwnFile(this.#aside, { mode: FILE_MODE, isFolderChosen: true });
        await file.writeFile(`${text}\n`);
        await file.sync();
      }
      await renameOver(this.#aside, this.path);
      await syncDirectory(dirname(this.path));
    } catch (cause) {
      await this.#removeAside();
      throw fileError('cannot be written', this.path, cause);
    }
  }

  /** Deletes the login from this machine. The lock is held until `close`. @throws {ChatferryError} `FILE_SYSTEM`. */
  async remove(): Promise<void> {
    try {
      await removeOwnFile(this.path, { isFolderChosen: true });
    } catch (cause) {
      throw fileError('cannot be deleted', this.path, cause);
    }
  }

  /** Releases the lock. */
  close(): Promise<void> {
    this.#lock[Symbol.dispose]();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * @throws {ChatferryError} `FILE_SYSTEM` for a link, a folder, a device, a file with several names, or a file of
   *   another user.
   */
  async #requireOwnFile(): Promise<void> {
    const found = await entryAt(this.path);
    if (found === undefined) return;
    if (found.kind !== 'file' || found.linkCount > 1)
      throw foreignEntryError(this.path, found, 'a session file of its own');
    if (isOwnedByUs(found)) return;
    const message = `The session file ${this.path} belongs to another user (${found.owner}), who may have put another login into it. Choose another name, or run this as that user.`;
    throw new ChatferryError('FILE_SYSTEM', message);
  }

  /**
   * Removes the permissions of other users. Uses the open file, as its path may lead elsewhere by now. Not needed on
   * Windows, where the profile of a user is private.
   */
  async #removeAccessOfOthers(file: FileHandle): Promise<void> {
    if (process.platform === 'win32') return;
    const { mode, linkCount, owner } = entryOf(await file.stat({ bigint: true }));
    if ((mode & OTHERS) === 0 || linkCount > 1 || owner !== process.getuid?.()) return;
    await file.chmod(FILE_MODE);
  }

  async #removeAside(): Promise<void> {
    try {
      await removeOwnFile(this.#aside, { isFolderChosen: true });
    } catch {
      // The original error is reported instead.
    }
  }
}

/** @throws {Error} if the file is too large to be a session. */
async function readText(file: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(MAX_BYTES + 1);
  let size = 0;
  for (let count = -1; count !== 0 && size < buffer.length; size += count) {
    count = (await file.read(buffer, size, buffer.length - size)).bytesRead;
  }
  if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes, which is too large for a session`);
  return buffer.toString('utf8', 0, size);
}

const REMEDY = 'It was not changed. Move it away, or set TELEGRAM_SESSION_FILE to another path.';

function fileError(what: string, path: string, cause: unknown): ChatferryError {
  if (isChatferryError(cause)) return cause;
  return new ChatferryError('FILE_SYSTEM', `The session file ${path} ${what}: ${errorMessage(cause)}. ${REMEDY}`, {
    cause,
  });
}
