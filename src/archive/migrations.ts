import { ChatferryError } from '../errors/chatferry-error.js';
import type { Database } from '../disk/sqlite/database.js';
import { scanNames } from './checks/path-scan.js';
import { requireSchema } from './checks/schema-check.js';
import { violationError, violationText } from './checks/unchecked-text.js';
import { SCHEMA_7 } from './schema-7.js';
import { SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5, SCHEMA_6 } from './schema.js';

/**
 * One step per version, oldest first: step n migrates version n - 1 to version n. A step that was released never
 * changes.
 */
const STEPS: readonly string[] = [SCHEMA_1, SCHEMA_2, SCHEMA_3, SCHEMA_4, SCHEMA_5, SCHEMA_6, SCHEMA_7];

/** "cfry": distinguishes our files from other SQLite files (https://sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x63667279;

/** The version that this program writes. */
export const ARCHIVE_VERSION: number = STEPS.length;

/**
 * Checks an untrusted database of any version before it is written to: whether it is ours, whether it has the schema of
 * its version, and whether all its file names stay inside the archive. Only reads.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`, naming what is wrong.
 */
export function requireSound(database: Database): void {
  requireOwnSchema(database);
  const [first, ...others] = scanNames(database);
  if (first !== undefined) throw violationError(first, others.length);
}

/** Refuses a database whose schema is not that of its version. @throws {ChatferryError} `ARCHIVE_DAMAGED`. */
export function requireOwnSchema(database: Database): void {
  requireSchema(database, STEPS.slice(0, versionOf(database)));
}

/**
 * All problems with file names that {@link requireSound} finds, one sentence each.
 *
 * @throws as it does, for a foreign schema.
 */
export function hostileNames(database: Database): readonly string[] {
  requireOwnSchema(database);
  return scanNames(database).map(violationText);
}

/**
 * Migrates a database to {@link ARCHIVE_VERSION} in one transaction. A database of that version is not changed.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` when it is not an archive or of a newer version.
 */
export function migrate(database: Database): void {
  const found = versionOf(database); // Before anything is written: the file may belong to another program.
  database.exec('PRAGMA journal_mode = WAL');
  if (found === ARCHIVE_VERSION) return;
  database.transaction(() => {
    const version = versionOf(database);
    for (const step of STEPS.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${ARCHIVE_VERSION};`);
  });
}

/**
 * Checks that a database can be read without a migration.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` as {@link migrate}; `USAGE` when it is of an older version.
 */
export function requireCurrentVersion(database: Database): void {
  const version = versionOf(database);
  if (version === ARCHIVE_VERSION) return;
  throw new ChatferryError(
    'USAGE',
    `${database.path} has version ${version} of the archive, this program reads version ${ARCHIVE_VERSION}. Run an export into it once to bring it up to date.`,
  );
}

function versionOf(database: Database): number {
  const objectCount = database.prepare<{ n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0;
  if (objectCount > 0 && pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new ChatferryError(
      'ARCHIVE_DAMAGED',
      `${database.path} is a database of another program. Choose another directory for the archive.`,
    );
  }
  const version = pragma(database, 'user_version');
  if (version < 0 || objectCount > 0 !== version > 0) {
    throw new ChatferryError(
      'ARCHIVE_DAMAGED',
      `${database.path} says that it is version ${version} of the archive, and has ${objectCount} tables and indexes: one of them is wrong. Restore it from a backup.`,
    );
  }
  if (version > ARCHIVE_VERSION) {
    throw new ChatferryError(
      'ARCHIVE_DAMAGED',
      `${database.path} was written by a newer chatferry: it has version ${version}, this program knows up to ${ARCHIVE_VERSION}. Update chatferry.`,
    );
  }
  return version;
}

function pragma(database: Database, name: 'user_version' | 'application_id'): number {
  return database.prepare<Record<string, number>>(`PRAGMA ${name}`).get()?.[name] ?? 0;
}
