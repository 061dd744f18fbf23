import { requireSchema } from '../../archive/checks/schema-check.js';
import { Database } from '../../disk/sqlite/database.js';
import { entryAtSync } from '../../disk/entry.js';
import { fileError } from '../../disk/file-error.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';

/** What was made of one file. Paths of sources and outputs are relative to the output folder, with `/`. */
export interface MadeRow {
  readonly sha256: string;
  /** Of the source when it was read. */
  readonly mark: string;
  readonly recipe: string;
  /** JSON. */
  readonly data: string;
}

/** An original that a copy is about to take the place of. Absolute paths. */
export interface PlannedReplacement {
  readonly original: string;
  /** Of the original: it is removed only while it is still that. */
  readonly mark: string;
  readonly target: string;
  /** The copy, in the output folder. */
  readonly copy: string;
  /** Of the copy, hex. */
  readonly sha256: string;
  /** Where the copy is brought beside the original first. */
  readonly aside: string;
  /** What is remembered of the target then, JSON. */
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

/** What `process` remembers of an output folder: names that are given away, files that it made, and from what. */
export class MadeTable implements Disposable {
  readonly #database: Database;
  readonly #sql: ReturnType<typeof prepareAll>;

  private constructor(database: Database) {
    this.#database = database;
    this.#sql = prepareAll(database);
  }

  /**
   * Looks at what is there before anything is written to it: the folder may come from anywhere.
   *
   * @param path - Made where it is not there yet. Nobody else may write to it.
   * @param options - `syncs`: what is said here is on the disk when the call returns.
   * @throws {ChatferryError} `FILE_SYSTEM`; `ARCHIVE_DAMAGED` for a database that `process` does not make.
   */
  static open(path: string, { syncs }: { readonly syncs: boolean }): MadeTable {
    requireOwnFile(path);
    const database = new Database(path);
    try {
      requireOwnTables(database);
      // Without a sync of each commit a power cut takes back the last of them, and they are made again.
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

  /** @param key - Two stems that some file system takes for one have the same. */
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

  /** Says that files are made here, before they are. */
  claim(paths: readonly string[], source: string): void {
    this.#database.transaction(() => {
      for (const path of paths) this.#sql.claim.run(path, source);
    });
  }

  /** The file is gone. */
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

  /** The copy stands for the original now: the name that was given to that is the copy's, and `row` is known of it. */
  replace(original: string, target: string, row: MadeRow): void {
    this.#database.transaction(() => {
      this.#sql.forget.run(original);
      this.#sql.moveStem.run(target, original);
      this.remember(target, row);
    });
  }

  /** Leaves one file with nothing beside it, where no reader has it open. */
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

/** Of the smallest page (https://sqlite.org/fileformat2.html#pages). SQLite takes shorter files for new databases. */
const LEAST_BYTES = 512;

/** Judges a file without writing a byte: to close one that was opened to write takes in its log. */
function requireOwnFile(path: string): void {
  const sizeBytes = sizeOf(path) ?? 0;
  const isAtRest = sizeOf(`${path}-wal`) === undefined && sizeOf(`${path}-journal`) === undefined;
  if (sizeBytes > 0 && sizeBytes < LEAST_BYTES && isAtRest)
    throw new ChatferryError('ARCHIVE_DAMAGED', `${path} is no database: it has ${sizeBytes} bytes.`);
  if (sizeBytes < LEAST_BYTES) return;
  try {
    using database = new Database(path, { readOnly: true, immutable: isAtRest });
    requireOwnTables(database);
  } catch (error) {
    // A transaction that was broken off has to be rolled back before anybody can read: it is judged then.
    if (!isChatferryError(error, 'FILE_SYSTEM')) throw error;
  }
}

/** A run that was killed early leaves a database without tables. */
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

/** Of the file that says what was made in a folder, relative to that. */
export const MADE_DATABASE = '.chatferry/made.db';

/** On a read-only disk SQLite cannot have the files that it needs beside a database in use. */
function openToRead(path: string): Database {
  try {
    return new Database(path, { readOnly: true });
  } catch (error) {
    if (!isChatferryError(error, 'FILE_SYSTEM')) throw error;
    return new Database(path, { readOnly: true, immutable: true });
  }
}

/**
 * What was made in a folder, by whichever run.
 *
 * @param path - Of its database. It is only read.
 * @returns Paths relative to the folder, with `/`.
 * @throws {ChatferryError} `FILE_SYSTEM`, `ARCHIVE_DAMAGED`
 */
export function readOutputs(path: string): ReadonlySet<string> {
  using database = openToRead(path);
  requireSchema(database, [SCHEMA]);
  const rows = database.prepare<{ readonly path: string }>('SELECT path FROM outputs').all();
  return new Set(rows.map((row) => row.path));
}
