import { truncateSync } from 'node:fs';
import { hostname } from 'node:os';

import { ChatferryError, isChatferryError } from '../errors/chatferry-error.js';
import { Database } from './database.js';
import { fileError } from './file-error.js';

/** How long the holder may take to write down who it is. */
const HANDOVER_TIMEOUT_MS = 250;

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Keeps a second process away from what only one may use.
 *
 * The lock is an open write transaction on a small SQLite file of its own, so the operating system ends it with the
 * process, however that dies: there is no stale lock to judge and no process id to mistake for another's. Others may
 * still read who holds it. The file stays when the lock is given back: to delete a lock file is to race for it.
 */
export class ProcessLock implements Disposable {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @param lockFile - Made where it is not there yet; its folder must be.
   * @param subject - What is locked, as the message of a refusal begins.
   * @throws {ChatferryError} `LOCKED`, naming the process that holds it; `FILE_SYSTEM`.
   */
  static take(lockFile: string, subject: string): ProcessLock {
    try {
      return ProcessLock.#tryToTake(lockFile, subject);
    } catch (error) {
      if (!isChatferryError(error, 'ARCHIVE_DAMAGED')) throw error;
      // It is not synced, so a power cut may leave anything. A holder keeps its lock, which is on the file and not in it.
      emptyFile(lockFile);
      return ProcessLock.#tryToTake(lockFile, subject);
    }
  }

  static #tryToTake(lockFile: string, subject: string): ProcessLock {
    const database = new Database(lockFile);
    try {
      // The file holds nothing worth a sync: after a crash of the machine nobody holds the lock.
      database.exec(`PRAGMA synchronous = OFF; PRAGMA busy_timeout = ${HANDOVER_TIMEOUT_MS};`);
      database.exec('BEGIN IMMEDIATE');
      database.exec(
        'CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL, host TEXT NOT NULL); DELETE FROM holder;',
      );
      database.exec(`INSERT INTO holder VALUES (${process.pid}, '${hostname().replaceAll("'", "''")}')`);
      // To be seen by others it must be committed; whoever slips in between becomes the holder.
      database.exec('COMMIT; BEGIN IMMEDIATE');
      return new ProcessLock(database);
    } catch (error) {
      const refusal = isChatferryError(error, 'LOCKED') ? lockedError(subject, database, error) : error;
      database.close();
      throw refusal;
    }
  }

  /** Gives it back. A second call does nothing. */
  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function emptyFile(path: string): void {
  try {
    truncateSync(path);
  } catch (error) {
    throw fileError(error, 'empty the lock file', path);
  }
}

function lockedError(subject: string, database: Database, cause: unknown): ChatferryError {
  const holder = readHolder(database);
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new ChatferryError('LOCKED', `${subject} is in use by ${who}. Wait until it ends, or stop it.`, { cause });
}

function readHolder(database: Database): Holder | undefined {
  try {
    return database.prepare<Holder>('SELECT pid, host FROM holder').get();
  } catch (error) {
    // Only the name is lost: the table is not there yet, or is just being written.
    if (isChatferryError(error)) return undefined;
    throw error;
  }
}
