import { backup, DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';

import { databaseError } from './database-error.js';
import { makeDatabasePrivate, requireDatabaseFiles, requireSameDatabase } from './database-files.js';

/** Values of SQLite. Integers beyond 2^53 - 1 are refused when read, never rounded. */
export type SqlValue = string | number | null | Uint8Array;

export interface DatabaseOptions {
  /** @defaultValue `false` */
  readonly readOnly?: boolean;
  /**
   * The file cannot change, as on a read-only disk. SQLite then needs neither locks nor further files
   * (https://sqlite.org/uri.html#uriimmutable). Only with `readOnly`.
   *
   * @defaultValue `false`
   */
  readonly immutable?: boolean;
  /** Only its owner may read it and the files of SQLite beside it. @defaultValue `false` */
  readonly isPrivate?: boolean;
  /** The remedy for a damaged database, as a sentence. @defaultValue the remedy for an archive */
  readonly whenDamaged?: string | undefined;
}

/** How long a statement waits for another program's lock: a reader of ours, `sqlite3` in a shell. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * A database is untrusted. A damaged or malicious one must not exhaust memory or access other files: no other database
 * can be attached, values are limited to the largest of ours, and its schema cannot be written directly
 * (https://sqlite.org/security.html).
 */
const GUARDS = {
  allowExtension: false,
  defensive: true,
  limits: { attach: 0, length: 256 * 1024 * 1024, sqlLength: 1_000_000 },
};

/** The path of a database that has no file. */
export const IN_MEMORY = ':memory:';

/** A prepared statement. `Row` is the assumed type of its columns; it is not checked. */
export class Statement<Row = never> {
  readonly #statement: StatementSyncInstance;
  readonly #path: string;
  readonly #whenDamaged: string | undefined;

  constructor(statement: StatementSyncInstance, path: string, whenDamaged?: string) {
    this.#statement = statement;
    this.#path = path;
    this.#whenDamaged = whenDamaged;
  }

  /** @returns the row id of the last insert. @throws {ChatferryError} */
  run(...values: readonly SqlValue[]): number {
    return this.#try(() => Number(this.#statement.run(...values).lastInsertRowid));
  }

  /** The first row. @throws {ChatferryError} */
  get(...values: readonly SqlValue[]): Row | undefined {
    return this.#try(() => this.#statement.get(...values) as Row | undefined);
  }

  /** @throws {ChatferryError} */
  all(...values: readonly SqlValue[]): readonly Row[] {
    return this.#try(() => this.#statement.all(...values) as Row[]);
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw databaseError(error, this.#path, this.#whenDamaged);
    }
  }
}

/**
 * An SQLite file that throws a {@link ChatferryError} with a meaning and a remedy wherever SQLite would throw its own
 * error.
 */
export class Database implements Disposable {
  readonly path: string;
  readonly #database: DatabaseSyncInstance;
  readonly #whenDamaged: string | undefined;

  /**
   * Opens the file, or creates it. A commit is durable when `transaction` returns: every commit is synced
   * (https://sqlite.org/pragma.html#pragma_synchronous), on macOS with its full sync.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`, also for a link, a pipe or a file with a second hard link in the place of
   *   one of its files; `ARCHIVE_DAMAGED`.
   */
  constructor(path: string, options: DatabaseOptions = {}) {
    const { readOnly = false, immutable = false, isPrivate = false, whenDamaged } = options;
    this.path = path;
    this.#whenDamaged = whenDamaged;
    const before = path === IN_MEMORY ? undefined : requireDatabaseFiles(path, { readOnly });
    if (isPrivate && path !== IN_MEMORY) makeDatabasePrivate(path, before);
    try {
      const opening = { readOnly, timeout: BUSY_TIMEOUT_MS, ...GUARDS };
      this.#database = new DatabaseSync(immutable ? immutableUri(path) : path, opening);
    } catch (error) {
      throw databaseError(error, path, whenDamaged);
    }
    try {
      if (path !== IN_MEMORY) requireSameDatabase(path, before);
      this.exec(
        'PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16384;',
      );
      if (readOnly) this.exec('SELECT 1 FROM sqlite_schema');
      else this.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA journal_size_limit = 67108864;');
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Runs statements without values. @throws {ChatferryError} */
  exec(sql: string): void {
    try {
      this.#database.exec(sql);
    } catch (error) {
      throw databaseError(error, this.path, this.#whenDamaged);
    }
  }

  /** @throws {ChatferryError} */
  prepare<Row = never>(sql: string): Statement<Row> {
    try {
      return new Statement<Row>(this.#database.prepare(sql), this.path, this.#whenDamaged);
    } catch (error) {
      throw databaseError(error, this.path, this.#whenDamaged);
    }
  }

  /** Defines an SQL function that tests a value. @throws {ChatferryError} */
  defineTest(name: string, test: (value: SqlValue) => boolean): void {
    try {
      const options = { deterministic: true, directOnly: true };
      this.#database.function(name, options, (value: SqlValue) => (test(value) ? 1 : 0));
    } catch (error) {
      throw databaseError(error, this.path, this.#whenDamaged);
    }
  }

  /** Runs `work` in one transaction, durable on return. @throws what `work` throws. */
  transaction<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite rolls back by itself after some errors, such as a full disk.
      if (this.#database.isTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * Copies the database as it is at one moment, even while another process writes to it, into a single file without a
   * log. The copy runs in another thread.
   *
   * @param path - Must not exist yet.
   * @throws {ChatferryError} `FILE_SYSTEM`; `ARCHIVE_DAMAGED`; `LOCKED`.
   */
  async copyTo(path: string): Promise<void> {
    try {
      // All pages at once, because in steps every commit of another program would restart it.
      await backup(this.#database, path, { rate: -1 });
    } catch (error) {
      const meaning = databaseError(error, this.path, this.#whenDamaged);
      throw meaning.code === 'FILE_SYSTEM' ? databaseError(error, path) : meaning; // The disk of the copy is the one that is full.
    }
    using copy = new Database(path);
    copy.exec('PRAGMA journal_mode = DELETE;');
  }

  /** Closes the database, and rolls back an open transaction. A second call does nothing. */
  close(): void {
    if (!this.#database.isOpen) return;
    // The binding keeps a closed file, with its locks, until the last prepared statement is garbage-collected.
    if (this.#database.isTransaction) this.exec('ROLLBACK');
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** https://sqlite.org/uri.html: `?`, `#` and `%` of the path are escaped, a Windows drive follows a slash. */
function immutableUri(path: string): string {
  const encoded = encodeURI(path.replaceAll('\\', '/')).replaceAll('?', '%3F').replaceAll('#', '%23');
  return `file:${encoded.startsWith('/') ? '' : '/'}${encoded}?immutable=1`;
}
