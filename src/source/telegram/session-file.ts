import { randomUUID } from 'node:crypto';
import { chmod, constants, copyFile, link, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
const OTHERS = 0o077;
const STICKY = 0o1000;
// More than two processes that start at the same moment over a stale lock are as good as a lock.
const LOCK_TRIES = 4;

/** Who holds the lock, as the lock file says it. */
interface LockHolder {
  readonly pid: number;
  readonly host: string;
}

/**
 * The login of one account on disk: gramjs StringSession text, readable by its owner only, used by one process at a
 * time. Telegram revokes a key that two connections use out of step.
 */
export class SessionFile implements AsyncDisposable {
  /** Absolute. */
  readonly path: string;
  readonly #lockPath: string;
  #locked = true;

  /**
   * Takes the file, which need not exist yet. Its folder is made private, as is a file that is there.
   *
   * @throws {ChatferryError} `LOCKED` with the process that has it; `FILE_SYSTEM`.
   */
  static async open(path: string): Promise<SessionFile> {
    const file = new SessionFile(resolve(path));
    try {
      await makePrivateFolder(dirname(file.path));
      await takeLock(file.#lockPath, file.path);
    } catch (cause) {
      if (cause instanceof ChatferryError) throw cause;
      throw fileError('cannot be used', path, cause);
    }
    return file;
  }

  private constructor(path: string) {
    this.path = path;
    this.#lockPath = `${path}.lock`;
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
      if (isNodeError(cause, 'ENOENT')) return undefined;
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
  async close(): Promise<void> {
    if (!this.#locked) return;
    this.#locked = false;
    await rm(this.#lockPath, { force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function takeLock(lockPath: string, path: string): Promise<void> {
  const mine = `${lockPath}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify({ pid: process.pid, host: hostname() } satisfies LockHolder), {
    mode: FILE_MODE,
  });
  try {
    for (let trial = 1; ; trial += 1) {
      // A link appears with its content, so nobody can see a lock that does not yet say whose it is.
      if (await claim(mine, lockPath)) return;
      const holder = await readHolder(lockPath);
      if (trial === LOCK_TRIES || (holder !== undefined && isAlive(holder))) throw lockedError(lockPath, path, holder);
      await discardStale(lockPath);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function claim(mine: string, lockPath: string): Promise<boolean> {
  try {
    await link(mine, lockPath);
    return true;
  } catch (error) {
    if (isNodeError(error, 'EEXIST')) return false;
    if (!isNodeError(error, 'EPERM') && !isNodeError(error, 'ENOTSUP') && !isNodeError(error, 'ENOSYS')) throw error;
  }
  try {
    await copyFile(mine, lockPath, constants.COPYFILE_EXCL); // A file system without hard links, such as exFAT.
    return true;
  } catch (error) {
    if (isNodeError(error, 'EEXIST')) return false;
    throw error;
  }
}

async function discardStale(lockPath: string): Promise<void> {
  const aside = `${lockPath}.${randomUUID()}`;
  try {
    await rename(lockPath, aside);
    // Another process may have put its own lock there since we looked: that one goes back.
    const holder = await readHolder(aside);
    if (holder !== undefined && isAlive(holder)) await claim(aside, lockPath);
  } catch (error) {
    if (!isNodeError(error, 'ENOENT')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function lockedError(lockPath: string, path: string, holder: LockHolder | undefined): ChatferryError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new ChatferryError(
    'LOCKED',
    `The session ${path} is in use by ${who}. Wait for it to end, or delete ${lockPath} if it is gone.`,
  );
}

async function readHolder(lockPath: string): Promise<LockHolder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(lockPath, 'utf8'));
    return isHolder(value) ? value : undefined;
  } catch (error) {
    // Gone meanwhile, or its process died before it had written: both are free to take.
    if (isNodeError(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isHolder(value: unknown): value is LockHolder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    Number.isSafeInteger(value.pid) &&
    'host' in value &&
    typeof value.host === 'string'
  );
}

/** A process of another machine counts as alive: nobody here can know. */
function isAlive({ pid, host }: LockHolder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isNodeError(error, 'EPERM'); // It is there, but not ours.
  }
}

async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
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
  return [homedir(), process.cwd()].every((place) => relative(folder, place).startsWith('..'));
}

async function tighten(path: string, mode: number): Promise<void> {
  if (process.platform === 'win32') return; // Files of a user's profile are private there; modes mean nothing.
  const { mode: found } = await stat(path);
  if ((found & OTHERS) !== 0) await chmod(path, mode);
}

function isNodeError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function fileError(what: string, path: string, cause: unknown): ChatferryError {
  return new ChatferryError('FILE_SYSTEM', `The session file ${path} ${what}: ${errorMessage(cause)}.`, { cause });
}
