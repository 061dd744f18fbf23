import { backup, DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';

import { databaseError } from './database-error.js';
import { makeDatabasePrivate, requireDatabaseFiles, requireSameDatabase } from './database-files.js';

/** What SQLite takes and gives. Integers beyond 2^53 - 1 are refused when read, never rounded. */
export type SqlValue = string | number | null | Uint8Array;

export interface DatabaseOptions {
  /** @defaultValue `false` */
  readonly readOnly?: boolean;
  /**
   * The file can never change, as on a read-only disk: SQLite then needs neither locks nor a file beside it
   * (https://sqlite.org/uri.html#uriimmutable). Only with `readOnly`.
   *
   * @defaultValue `false`
   */
  readonly immutable?: boolean;
  /** Only its owner may read it, and what SQLite keeps beside it. @defaultValue `false` */
  readonly isPrivate?: boolean;
  /** What to do about a damaged one, as a sentence. @defaultValue what is to be done about an archive */
  readonly whenDamaged?: string | undefined;
}

/** How long a statement waits for another program's lock: a reader of ours, `sqlite3` in a shell. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * A database may come from anywhere, and a damaged or prepared one shall not cost memory or reach beyond itself: no other
 * database is attached, no value is larger than any of ours, and its schema cannot be written to by hand
 * (https://sqlite.org/security.html).
 */
const GUARDS = {
  allowExtension: false,
  defensive: true,
  limits: { attach: 0, length: 256 * 1024 * 1024, sqlLength: 1_000_000 },
};

/** The path of a database that has no file. */
export const IN_MEMORY = ':memory:';

/** A prepared statement. `Row` is what its columns say, taken on trust. */
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

/** A SQLite file, with errors that say what they mean: a {@link ChatferryError} wherever SQLite would throw its own. */
export class Database implements Disposable {
  readonly path: string;
  readonly #database: DatabaseSyncInstance;
  readonly #whenDamaged: string | undefined;

  /**
   * Opens the file, or creates it. What is committed is on the disk when `transaction` returns: synced at every commit
   * (https://sqlite.org/pragma.html#pragma_synchronous), on macOS with its full sync.
   *
   * @throws {ChatferryError} `FILE_SYSTEM`, also for a link, a pipe or a file with a second name in the place of one of its
   *   files; `ARCHIVE_DAMAGED`.
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

  /** Gives statements a function that says whether a value is of some kind. @throws {ChatferryError} */
  defineTest(name: string, test: (value: SqlValue) => boolean): void {
    try {
      const options = { deterministic: true, directOnly: true };
      this.#database.function(name, options, (value: SqlValue) => (test(value) ? 1 : 0));
    } catch (error) {
      throw databaseError(error, this.path, this.#whenDamaged);
    }
  }

  /** Runs `work` in one transaction: all of it or nothing, durable on return. @throws what `work` throws. */
  transaction<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors, a full disk among them.
      if (this.#database.isTransaction) this.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * Copies it as it is at one moment, beside whoever writes to it, into a file of its own with no log beside it. Read in a
   * thread: the caller's does other things meanwhile.
   *
   * @param path - Nothing is there yet.
   * @throws {ChatferryError} `FILE_SYSTEM`; `ARCHIVE_DAMAGED`; `LOCKED`.
   */
  async copyTo(path: string): Promise<void> {
    try {
      // All pages at once: in steps, every commit of another program would make it begin anew.
      await backup(this.#database, path, { rate: -1 });
    } catch (error) {
      const meaning = databaseError(error, this.path, this.#whenDamaged);
      throw meaning.code === 'FILE_SYSTEM' ? databaseError(error, path) : meaning; // The disk of the copy is the one that fills.
    }
    using copy = new Database(path);
    copy.exec('PRAGMA journal_mode = DELETE;');
  }

  /** Ends it, and a transaction that is open. A second call does nothing. */
  close(): void {
    if (!this.#database.isOpen) return;
    // The binding keeps a closed file, with its locks, until the last prepared statement is collected as garbage.
    if (this.#database.isTransaction) this.exec('ROLLBACK');
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** https://sqlite.org/uri.html: `?`, `#` and `%` of the path are escaped, a Windows drive stands behind a slash. */
function immutableUri(path: string): string {
  const encoded = encodeURI(path.replaceAll('\\', '/')).replaceAll('?', '%3F').replaceAll('#', '%23');
  return `file:${encoded.startsWith('/') ? '' : '/'}${encoded}?immutable=1`;
}
