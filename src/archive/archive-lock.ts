import { hostname } from 'node:os';
import { join } from 'node:path';

import { ChatferryError, isChatferryError } from '../errors/chatferry-error.js';
import { Database } from './database.js';

/** Beside `archive.db`. It stays there when the archive is closed: to delete a lock file is to race for it. */
const LOCK_FILE = 'archive.lock';

/** How long the holder may take to write down who it is. */
const HANDOVER_TIMEOUT_MS = 250;

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/**
 * Keeps a second writer out of an archive.
 *
 * The lock is an open write transaction on a small SQLite file of its own, so the operating system ends it with the
 * process, however that dies: there is no stale lock to judge and no process id to mistake for another's. Others may
 * still read who holds it.
 */
export class ArchiveLock implements Disposable {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** @throws {ChatferryError} `LOCKED`, naming the process that holds it. */
  static take(directory: string): ArchiveLock {
    const database = new Database(join(directory, LOCK_FILE));
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
      return new ArchiveLock(database);
    } catch (error) {
      const refusal = isChatferryError(error, 'LOCKED') ? lockedError(directory, database, error) : error;
      database.close();
      throw refusal;
    }
  }

  /** Gives it back. A second call does nothing. */
  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function lockedError(directory: string, database: Database, cause: unknown): ChatferryError {
  const holder = readHolder(database);
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return new ChatferryError('LOCKED', `${directory} is in use by ${who}. Wait until it ends, or stop it.`, { cause });
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
