import { hostname } from 'node:os';

import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import { Database } from '../sqlite/database.js';
import type { Entry } from '../entry.js';
import { foreignLockError, makeLockFile, requireSameLockFile } from './lock-file.js';

/** How long the holder may take to write its identity. */
const HANDOVER_TIMEOUT_MS = 250;

export interface ProcessLockOptions {
  /** Permissions of a new lock file, before the umask. @defaultValue 0o600 */
  readonly mode?: number;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * The identity of the holder. A view has no page of its own, so the file has a single page, which is written
 * atomically.
 */
const HOLDER_VIEW = /^CREATE VIEW holder AS SELECT (\d{1,10}) AS pid, '((?:[^']|'')*)' AS host$/;
/** The same in a lock file of an earlier version. */
const HOLDER_TABLE = 'CREATE TABLE holder (pid INTEGER NOT NULL, host TEXT NOT NULL)';

/** Files that this process has locked, by device and inode: the system keeps locks per process. */
const held = new Set<string>();

/**
 * Prevents two processes from using a resource at the same time.
 *
 * The lock is an open write transaction on a small SQLite file of its own, so the operating system releases it when the
 * process ends, for whatever reason. There are no stale locks, and no reused process ids. Other processes can read who
 * holds it. The file stays after the release, because deleting a lock file causes races.
 *
 * A file that chatferry has not made is never changed. No other files are created beside the lock: its journal is in
 * memory.
 */
export class ProcessLock implements Disposable {
  readonly #database: Database;
  /** Undefined after the release. */
  #key: string | undefined;

  private constructor(database: Database, key: string) {
    this.#database = database;
    this.#key = key;
    held.add(key);
  }

  /**
   * @param lockFile - Created if necessary; its folder must exist.
   * @param subject - What is locked; the refusal message begins with it.
   * @throws {ChatferryError} `LOCKED`, naming the process that holds it; `FILE_SYSTEM`, also for a file of another
   *   program.
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
      // The identity must be committed to be visible to others. A process that takes the lock in between becomes the
      // holder.
      database.exec('COMMIT; BEGIN IMMEDIATE');
      return new ProcessLock(database, key);
    } catch (error) {
      const refusal = isChatferryError(error, 'LOCKED') ? lockedError(subject, readHolder(database), error) : error;
      database.close();
      throw isChatferryError(refusal, 'ARCHIVE_DAMAGED') ? foreignLockError(lockFile) : refusal;
    }
  }

  /** Releases the lock. A second call does nothing. */
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

/** @throws {ChatferryError} `FILE_SYSTEM` for a database of another program, before anything is written. */
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

/** No SQL in the file is executed, because it may be another program's. */
function readHolder(database: Database): Holder | undefined {
  try {
    const [sql] = schemaOf(database);
    if (sql === HOLDER_TABLE) return database.prepare<Holder>('SELECT pid, host FROM holder').get();
    const [, pid, host] = HOLDER_VIEW.exec(sql ?? '') ?? [];
    return pid === undefined || host === undefined ? undefined : { pid: Number(pid), host: host.replaceAll("''", "'") };
  } catch (error) {
    // Only the identity is unknown: it is not written yet, or is being written.
    if (isChatferryError(error)) return undefined;
    throw error;
  }
}
