import { randomUUID } from 'node:crypto';
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

import { isSystemError } from '../../disk/file-error.js';
import { makeFolder } from '../../disk/make-folder.js';
import { ProcessLock } from '../../disk/process-lock.js';
import { homeDirectoryOfUser } from '../../config/home-directory.js';
import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const OTHERS = 0o077;
const STICKY = 0o1000;

/**
 * The login of one account on disk: gramjs StringSession text, readable by its owner only, used by one process at a
 * time. Telegram revokes a key that two connections use out of step.
 */
export class SessionFile implements AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  readonly #lock: ProcessLock;

  /**
   * Takes the file, which need not exist yet. Its folder is made private, as is a file that is there.
   *
   * @throws {ChatferryError} `LOCKED` with the process that has it; `FILE_SYSTEM`.
   */
  static async open(path: string): Promise<SessionFile> {
    const absolute = resolve(path);
    try {
      await makePrivateFolder(dirname(absolute));
    } catch (cause) {
      throw fileError('cannot be used', path, cause);
    }
    return new SessionFile(absolute, ProcessLock.take(`${absolute}.lock`, `The session ${absolute}`));
  }

  private constructor(path: string, lock: ProcessLock) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * The session text; undefined when there is no login.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`.
   */
  async read(): Promise<string | undefined> {
    try {
      await tighten(this.path, FILE_MODE);
      const text = (await readFile(this.path, 'utf8')).trim();
      return text === '' ? undefined : text;
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
    const temporary = join(dirname(this.path), `.${randomUUID()}.tmp`);
    try {
      const handle = await open(temporary, 'wx', FILE_MODE);
      try {
        await handle.writeFile(`${text}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.path);
    } catch (cause) {
      await rm(temporary, { force: true });
      throw fileError('cannot be written', this.path, cause);
    }
  }

  /** Deletes the login from this machine. The lock stays until `close`. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  /** Gives the lock back. */
  close(): Promise<void> {
    this.#lock[Symbol.dispose]();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function makePrivateFolder(folder: string): Promise<void> {
  await makeFolder(folder, { mode: FOLDER_MODE });
  if (await isOurAlone(folder)) await tighten(folder, FOLDER_MODE);
}

/**
 * Whether a folder may be closed to others. One that belongs to somebody else, is shared by all (/tmp) or holds the
 * user's other work may not: there the file's own mode has to do.
 */
async function isOurAlone(folder: string): Promise<boolean> {
  const { uid, mode } = await stat(folder);
  if (process.getuid !== undefined && uid !== process.getuid()) return false;
  if ((mode & STICKY) !== 0) return false;
  const places = [process.cwd(), homeDirectoryOfUser()].filter((place) => place !== undefined);
  return places.every((place) => relative(folder, place).startsWith('..'));
}

async function tighten(path: string, mode: number): Promise<void> {
  if (process.platform === 'win32') return; // Files of a user's profile are private there; modes mean nothing.
  const { mode: found } = await stat(path);
  if ((found & OTHERS) !== 0) await chmod(path, mode);
}

function fileError(what: string, path: string, cause: unknown): ChatferryError {
  return new ChatferryError('FILE_SYSTEM', `The session file ${path} ${what}: ${errorMessage(cause)}.`, { cause });
}
