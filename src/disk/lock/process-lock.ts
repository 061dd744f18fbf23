import { hostname } from 'node:os';

import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import { Database } from '../sqlite/database.js';
import type { Entry } from '../entry.js';
import { foreignLockError, makeLockFile, requireSameLockFile } from './lock-file.js';

/** How long the holder may take to write down who it is. */
const HANDOVER_TIMEOUT_MS = 250;

export interface ProcessLockOptions {
  /** Of a lock file that is made, before the umask. @defaultValue 0o600 */
  readonly mode?: number;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** What a lock says of its holder. A view has no page of its own, so the file is one page, which is written whole. */
const HOLDER_VIEW = /^CREATE VIEW holder AS SELECT (\d{1,10}) AS pid, '((?:[^']|'')*)' AS host$/;
/** The same in a lock of an earlier version. */
const HOLDER_TABLE = 'CREATE TABLE holder (pid INTEGER NOT NULL, host TEXT NOT NULL)';

/** Files that this process has locks on, by device and inode: the system counts locks per process. */
const held = new Set<string>();

/**
 * Keeps a second process away from what only one may use.
 *
 * The lock is an open write transaction on a small SQLite file of its own, so the operating system ends it with the
 * process, however that dies: there is no stale lock to judge and no process id to mistake for another's. Others may
 * still read who holds it. The file stays when the lock is given back: to delete a lock file is to race for it.
 *
 * A file that chatferry has not made is never changed, and nothing is ever beside the lock: its journal is in memory.
 */
export class ProcessLock implements Disposable {
  readonly #database: Database;
  /** Undefined when it was given back. */
  #key: string | undefined;

  private constructor(database: Database, key: string) {
    this.#database = database;
    this.#key = key;
    held.add(key);
  }

  /**
   * @param lockFile - Made where it is not there yet; its folder must be.
   * @param subject - What is locked, as the message of a refusal begins.
   * @throws {ChatferryError} `LOCKED`, naming the process that holds it; `FILE_SYSTEM`, also for a file of something else.
   */
  static take(lockFile: string, subject: string, { mode = 0o600 }: ProcessLockOptions = {}): ProcessLock {
    const entry = makeLockFile(lockFile, { mode, isHeld: (found) => held.has(keyOf(found)) });
    const key = keyOf(entry);
    if (held.has(key)) throw lockedError(subject, { pid: process.pid, host: hostname() });
    const database = openDatabase(lockFile);
    try {
      requireSameLockFile(lockFile, entry);
      database.exec(`PRAGMA journal_mode = MEMORY; PRAGMA busy_timeout = ${HANDOVER_TIMEOUT_MS};`);
      database.exec('BEGIN IMMEDIATE');
      writeHolder(database, entry.sizeBytes === 0);
      // To be seen by others it must be committed; whoever slips in between becomes the holder.
      database.exec('COMMIT; BEGIN IMMEDIATE');
      return new ProcessLock(database, key);
    } catch (error) {
      const refusal = isChatferryError(error, 'LOCKED') ? lockedError(subject, readHolder(database), error) : error;
      database.close();
      throw isChatferryError(refusal, 'ARCHIVE_DAMAGED') ? foreignLockError(lockFile) : refusal;
    }
  }

  /** Gives it back. A second call does nothing. */
  [Symbol.dispose](): void {
    if (this.#key === undefined) return;
    this.#database.close();
    held.delete(this.#key);
    this.#key = undefined;
  }
}

function keyOf({ device, inode }: Entry): string {
  return `${device}:${inode}`;
}

function openDatabase(lockFile: string): Database {
  try {
    return new Database(lockFile);
  } catch (error) {
    throw isChatferryError(error, 'ARCHIVE_DAMAGED') ? foreignLockError(lockFile) : error;
  }
}

/** @throws {ChatferryError} `FILE_SYSTEM` for a database of something else, before anything is written. */
function writeHolder(database: Database, wasEmpty: boolean): void {
  const objects = schemaOf(database);
  const [sql] = objects;
  const isOurs = sql === undefined ? wasEmpty : objects.length === 1 && (sql === HOLDER_TABLE || HOLDER_VIEW.test(sql));
  if (!isOurs) throw foreignLockError(database.path);
  if (sql !== undefined) database.exec(sql === HOLDER_TABLE ? 'DROP TABLE holder' : 'DROP VIEW holder');
  const host = hostname().replaceAll("'", "''");
  database.exec(`CREATE VIEW holder AS SELECT ${process.pid} AS pid, '${host}' AS host`);
}

function schemaOf(database: Database): readonly string[] {
  const rows = database.prepare<{ readonly sql: string | null }>('SELECT sql FROM sqlite_schema').all();
  return rows.map(({ sql }) => sql ?? '');
}

function lockedError(subject: string, holder: Holder | undefined, cause?: unknown): ChatferryError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new ChatferryError('LOCKED', `${subject} is in use by ${who}. Wait until it ends, or stop it.`, { cause });
}

/** Nothing that the file says is run: it may be another's. */
function readHolder(database: Database): Holder | undefined {
  try {
    const [sql] = schemaOf(database);
    if (sql === HOLDER_TABLE) return database.prepare<Holder>('SELECT pid, host FROM holder').get();
    const [, pid, host] = HOLDER_VIEW.exec(sql ?? '') ?? [];
    return pid === undefined || host === undefined ? undefined : { pid: Number(pid), host: host.replaceAll("''", "'") };
  } catch (error) {
    // Only the name is lost: it is not there yet, or is just being written.
    if (isChatferryError(error)) return undefined;
    throw error;
  }
}
