import { requireSchema } from '../../archive/checks/schema-check.js';
import { Database } from '../../disk/sqlite/database.js';
import { entryAtSync } from '../../disk/entry.js';
import { fileError } from '../../disk/file-error.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';

/** The derivatives of one file. Paths of sources and outputs are relative to the output folder, with `/`. */
export interface MadeRow {
  readonly sha256: string;
  /** The mark of the source when it was read. */
  readonly mark: string;
  readonly recipe: string;
  /** JSON. */
  readonly data: string;
}

/** An original that is about to be replaced by a copy. Paths are absolute. */
export interface PlannedReplacement {
  readonly original: string;
  /** The mark of the original, which is removed only if it still has it. */
  readonly mark: string;
  readonly target: string;
  /** The copy, in the output folder. */
  readonly copy: string;
  /** Of the copy, hex. */
  readonly sha256: string;
  /** The temporary path of the copy beside the original. */
  readonly aside: string;
  /** The description of the target for its row, JSON. */
  readonly data: string;
  readonly recipe: string;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS stems (key TEXT PRIMARY KEY, stem TEXT NOT NULL, source TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE IF NOT EXISTS outputs (path TEXT PRIMARY KEY, source TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS made (
    source TEXT PRIMARY KEY, sha256 TEXT NOT NULL, mark TEXT NOT NULL, recipe TEXT NOT NULL, data TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS replacements (
    original TEXT PRIMARY KEY, mark TEXT NOT NULL, target TEXT NOT NULL, copy TEXT NOT NULL, sha256 TEXT NOT NULL,
    aside TEXT NOT NULL, data TEXT NOT NULL, recipe TEXT NOT NULL) STRICT;
`;

function prepareAll(database: Database) {
  return {
    stemOf: database.prepare<{ readonly stem: string }>('SELECT stem FROM stems WHERE source = ?'),
    takenBy: database.prepare<{ readonly source: string }>('SELECT source FROM stems WHERE key = ?'),
    giveStem: database.prepare('INSERT INTO stems (key, stem, source) VALUES (?, ?, ?)'),
    moveStem: database.prepare('UPDATE OR REPLACE stems SET source = ? WHERE source = ?'),
    output: database.prepare<{ readonly path: string }>('SELECT path FROM outputs WHERE path = ?'),
    claim: database.prepare('INSERT OR REPLACE INTO outputs (path, source) VALUES (?, ?)'),
    disclaim: database.prepare('DELETE FROM outputs WHERE path = ?'),
    made: database.prepare<MadeRow>('SELECT sha256, mark, recipe, data FROM made WHERE source = ?'),
    remember: database.prepare(
      'INSERT OR REPLACE INTO made (source, sha256, mark, recipe, data) VALUES (?, ?, ?, ?, ?)',
    ),
    forget: database.prepare('DELETE FROM made WHERE source = ?'),
    plans: database.prepare<PlannedReplacement>('SELECT * FROM replacements'),
    plan: database.prepare('INSERT OR REPLACE INTO replacements VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    dropPlan: database.prepare('DELETE FROM replacements WHERE original = ?'),
  };
}

/** The records of `process` about an output folder: assigned names, the files that it made, and their sources. */
export class MadeTable implements Disposable {
  readonly #database: Database;
  readonly #sql: ReturnType<typeof prepareAll>;

  private constructor(database: Database) {
    this.#database = database;
    this.#sql = prepareAll(database);
  }

  /**
   * Opens the table. An existing file is checked before anything is written to it, because the folder is untrusted.
   *
   * @param path - Created if necessary. No other process may write to it.
   * @param options - `syncs`: every change is durable when the call returns.
   * @throws {ChatferryError} `FILE_SYSTEM`; `ARCHIVE_DAMAGED` for a database that `process` did not make.
   */
  static open(path: string, { syncs }: { readonly syncs: boolean }): MadeTable {
    requireOwnFile(path);
    const database = new Database(path);
    try {
      requireOwnTables(database);
      // Without a sync, a power failure may undo the last commits, and these files are made again.
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${syncs ? 'FULL' : 'NORMAL'};`);
      database.transaction(() => {
        database.exec(SCHEMA);
      });
      return new MadeTable(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  stemOf(source: string): string | undefined {
    return this.#sql.stemOf.get(source)?.stem;
  }

  /** @param key - Two stems that are equal on some file system have the same key. */
  isTaken(key: string): boolean {
    return this.#sql.takenBy.get(key) !== undefined;
  }

  giveStem(source: string, key: string, stem: string): void {
    this.#sql.giveStem.run(key, stem, source);
  }

  /** Whether a file in the output folder was made here. */
  isOutput(path: string): boolean {
    return this.#sql.output.get(path) !== undefined;
  }

  /** Records files as made here, before they are written. */
  claim(paths: readonly string[], source: string): void {
    this.#database.transaction(() => {
      for (const path of paths) this.#sql.claim.run(path, source);
    });
  }

  /** Removes the record of a file that was removed. */
  disclaim(path: string): void {
    this.#sql.disclaim.run(path);
  }

  made(source: string): MadeRow | undefined {
    return this.#sql.made.get(source);
  }

  remember(source: string, { sha256, mark, recipe, data }: MadeRow): void {
    this.#sql.remember.run(source, sha256, mark, recipe, data);
  }

  forget(source: string): void {
    this.#sql.forget.run(source);
  }

  get plans(): readonly PlannedReplacement[] {
    return this.#sql.plans.all();
  }

  plan({ original, mark, target, copy, sha256, aside, data, recipe }: PlannedReplacement): void {
    this.#sql.plan.run(original, mark, target, copy, sha256, aside, data, recipe);
  }

  dropPlan(original: string): void {
    this.#sql.dropPlan.run(original);
  }

  /** Records that the copy has replaced the original: the copy takes over its name, and gets `row`. */
  replace(original: string, target: string, row: MadeRow): void {
    this.#database.transaction(() => {
      this.#sql.forget.run(original);
      this.#sql.moveStem.run(target, original);
      this.remember(target, row);
    });
  }

  /** Leaves a single file, unless a reader has it open. */
  [Symbol.dispose](): void {
    try {
      this.#database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE;');
    } catch (error) {
      if (!isChatferryError(error, 'LOCKED', 'FILE_SYSTEM')) throw error;
    } finally {
      this.#database.close();
    }
  }
}

/** The smallest page size (https://sqlite.org/fileformat2.html#pages). SQLite treats shorter files as new databases. */
const MIN_BYTES = 512;

/** Checks a file without writing a byte; closing a database that was opened to write would apply its log. */
function requireOwnFile(path: string): void {
  const sizeBytes = sizeOf(path) ?? 0;
  const isAtRest = sizeOf(`${path}-wal`) === undefined && sizeOf(`${path}-journal`) === undefined;
  if (sizeBytes > 0 && sizeBytes < MIN_BYTES && isAtRest)
    throw new ChatferryError('ARCHIVE_DAMAGED', `${path} is not a database: it has ${sizeBytes} bytes.`);
  if (sizeBytes < MIN_BYTES) return;
  try {
    using database = new Database(path, { readOnly: true, immutable: isAtRest });
    requireOwnTables(database);
  } catch (error) {
    // An interrupted transaction has to be rolled back before the file can be read; it is checked after that.
    if (!isChatferryError(error, 'FILE_SYSTEM')) throw error;
  }
}

/** A run that was killed early leaves an empty database. */
function requireOwnTables(database: Database): void {
  const count = (sql: string): number => database.prepare<{ readonly n: number }>(sql).get()?.n ?? 0;
  const isEmpty = count('SELECT count(*) AS n FROM sqlite_schema') === 0;
  const isMarked = ['application_id', 'user_version'].some(
    (name) => count(`SELECT ${name} AS n FROM pragma_${name}`) !== 0,
  );
  if (isEmpty && !isMarked) return;
  if (isMarked) throw new ChatferryError('ARCHIVE_DAMAGED', `${database.path} is a database of another program.`);
  requireSchema(database, [SCHEMA]);
}

function sizeOf(path: string): number | undefined {
  try {
    return entryAtSync(path)?.sizeBytes;
  } catch (error) {
    throw fileError(error, 'look at', path);
  }
}

/** The path of the database in an output folder, relative to the folder. */
export const MADE_DATABASE = '.chatferry/made.db';

/** On a read-only disk SQLite cannot create the files that it needs beside a database. */
function openToRead(path: string): Database {
  try {
    return new Database(path, { readOnly: true });
  } catch (error) {
    if (!isChatferryError(error, 'FILE_SYSTEM')) throw error;
    return new Database(path, { readOnly: true, immutable: true });
  }
}

/**
 * The files that any run made in a folder.
 *
 * @param path - The path of its database, which is only read.
 * @returns Paths relative to the folder, with `/`.
 * @throws {ChatferryError} `FILE_SYSTEM`, `ARCHIVE_DAMAGED`
 */
export function readOutputs(path: string): ReadonlySet<string> {
  using database = openToRead(path);
  requireSchema(database, [SCHEMA]);
  const rows = database.prepare<{ readonly path: string }>('SELECT path FROM outputs').all();
  return new Set(rows.map((row) => row.path));
}
