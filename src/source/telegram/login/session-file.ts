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
const OTHERS = 0o077;
/** Session strings have some 400 bytes. */
const MOST_BYTES = 64 * 1024;
/** The version, 1, and base64. A login may replace a damaged session, and no file that never was one. */
const SESSION_TEXT = /^1[\w+/=-]*$/;

/**
 * The login of one account on disk: gramjs StringSession text, readable by its owner only, used by one process at a
 * time. Telegram revokes a key that two connections use out of step.
 *
 * Whoever can put a file in its place has the next run talk for another account, so links, files of other users and folders
 * that others may write to are refused. A folder that is there keeps its mode.
 */
export class SessionFile implements AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  readonly #lock: ProcessLock;

  /**
   * Takes the file, which need not exist yet. A folder that is missing is made, for its owner alone.
   *
   * @throws {ChatferryError} `LOCKED` with the process that has it; `FILE_SYSTEM`.
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
      const message = `There is no place for the session file ${absolute}: ${errorMessage(cause)}. Set HOME to a folder of yours, or TELEGRAM_SESSION_FILE to a file in one.`;
      throw new ChatferryError('FILE_SYSTEM', message, { cause });
    }
    const lock = ProcessLock.take(`${absolute}.lock`, `The session ${absolute}`);
    try {
      const file = new SessionFile(absolute, lock);
      await file.#requireOwnFile();
      // What a run left that was killed while it wrote: a login that nobody would look for.
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

  /** Always the same name, so that nothing is left over for good. */
  get #aside(): string {
    return join(dirname(this.path), `.${basename(this.path)}.partial`);
  }

  /**
   * The session text; undefined when there is no login. A file that others may read is closed to them.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`.
   */
  async read(): Promise<string | undefined> {
    try {
      await this.#requireOwnFile();
      await using file = await openOwnFile(this.path, { isFolderChosen: true });
      const text = (await readText(file)).trim();
      if (text === '') return undefined;
      if (!SESSION_TEXT.test(text)) throw new Error('it holds no session but something else');
      await this.#tighten(file);
      return text;
    } catch (cause) {
      if (isSystemError(cause, 'ENOENT')) return undefined;
      throw fileError('cannot be read', this.path, cause);
    }
  }

  /**
   * Replaces the session text; after a crash the file holds the old or the new one.
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

  /** Deletes the login from this machine. The lock stays until `close`. @throws {ChatferryError} `FILE_SYSTEM`. */
  async remove(): Promise<void> {
    try {
      await removeOwnFile(this.path, { isFolderChosen: true });
    } catch (cause) {
      throw fileError('cannot be deleted', this.path, cause);
    }
  }

  /** Gives the lock back. */
  close(): Promise<void> {
    this.#lock[Symbol.dispose]();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @throws {ChatferryError} `FILE_SYSTEM` for a link, a folder, a device, a file with another name or of another user. */
  async #requireOwnFile(): Promise<void> {
    const found = await entryAt(this.path);
    if (found === undefined) return;
    if (found.kind !== 'file' || found.linkCount > 1)
      throw foreignEntryError(this.path, found, 'a session file of its own');
    if (isOwnedByUs(found)) return;
    const message = `The session file ${this.path} belongs to another user (${found.owner}), who may have put another login into it. Choose another name, or run this as that user.`;
    throw new ChatferryError('FILE_SYSTEM', message);
  }

  /** By the open file and not by its name, which may lead elsewhere by now. Windows keeps a user's profile private itself. */
  async #tighten(file: FileHandle): Promise<void> {
    if (process.platform === 'win32') return;
    const { mode, linkCount, owner } = entryOf(await file.stat({ bigint: true }));
    if ((mode & OTHERS) === 0 || linkCount > 1 || owner !== process.getuid?.()) return;
    await file.chmod(FILE_MODE);
  }

  async #removeAside(): Promise<void> {
    try {
      await removeOwnFile(this.#aside, { isFolderChosen: true });
    } catch {
      // What went wrong before is what is told.
    }
  }
}

/** @throws {Error} for what is no session. */
async function readText(file: FileHandle): Promise<string> {
  const buffer = Buffer.alloc(MOST_BYTES + 1);
  let size = 0;
  for (let count = -1; count !== 0 && size < buffer.length; size += count) {
    count = (await file.read(buffer, size, buffer.length - size)).bytesRead;
  }
  if (size > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes, and a session has fewer`);
  return buffer.toString('utf8', 0, size);
}

const REMEDY = 'It stays as it is. Move it away, or set TELEGRAM_SESSION_FILE to another path.';

function fileError(what: string, path: string, cause: unknown): ChatferryError {
  if (isChatferryError(cause)) return cause;
  return new ChatferryError('FILE_SYSTEM', `The session file ${path} ${what}: ${errorMessage(cause)}. ${REMEDY}`, {
    cause,
  });
}
