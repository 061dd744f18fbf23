import type { Database } from '../../disk/sqlite/database.js';
import {
  type Violation,
  chatFolderProblem,
  derivativePathProblem,
  mediaPathProblem,
  remoteIdProblem,
  sha256Problem,
  folderOwnerProblem,
} from './unchecked-text.js';

type Kind = 'folder' | 'media' | 'derivative' | 'sha256' | 'remote_id';

/** For each kind, the reason why a value is not valid. */
const KINDS: Readonly<Record<Kind, (value: unknown) => string | undefined>> = {
  folder: chatFolderProblem,
  media: mediaPathProblem,
  derivative: derivativePathProblem,
  sha256: sha256Problem,
  remote_id: remoteIdProblem,
};

/** A column whose values are used as file names. */
interface NameColumn {
  readonly table: string;
  readonly column: string;
  readonly kind: Kind;
}

/** Maximum number of rows that are reported per table. */
const MAX_ROWS = 100;

/**
 * Each column of an archive whose values are used as file names or as parts of them. docs/ARCHIVE.md has their purpose.
 */
export const NAME_COLUMNS: readonly NameColumn[] = [
  { table: 'chats', column: 'folder', kind: 'folder' },
  { table: 'media', column: 'path', kind: 'media' },
  { table: 'media', column: 'original_path', kind: 'media' },
  { table: 'media', column: 'sha256', kind: 'sha256' },
  { table: 'media', column: 'original_sha256', kind: 'sha256' },
  { table: 'version_media', column: 'path', kind: 'media' },
  { table: 'version_media', column: 'sha256', kind: 'sha256' },
  { table: 'version_media', column: 'original_sha256', kind: 'sha256' },
  { table: 'partial_files', column: 'folder', kind: 'folder' },
  { table: 'partial_files', column: 'remote_id', kind: 'remote_id' },
  { table: 'parts', column: 'folder', kind: 'folder' },
  { table: 'parts', column: 'remote_id', kind: 'remote_id' },
  { table: 'placements', column: 'folder', kind: 'folder' },
  { table: 'placements', column: 'remote_id', kind: 'remote_id' },
  { table: 'placements', column: 'path', kind: 'media' },
  { table: 'placements', column: 'sha256', kind: 'sha256' },
  { table: 'descriptions', column: 'sha256', kind: 'sha256' },
  { table: 'derivatives', column: 'sha256', kind: 'sha256' },
  { table: 'derivatives', column: 'path', kind: 'derivative' },
];

/**
 * Checks all values of a database that are used as file names, in one pass over each table, so that a run fails before
 * it has done anything. They are checked again where they are read.
 *
 * @param database - Its schema was checked; any version.
 * @returns the violations, at most a hundred rows per table.
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` if a page cannot be read.
 */
export function scanNames(database: Database): readonly Violation[] {
  for (const [kind, problemOf] of Object.entries(KINDS)) {
    database.defineTest(`is_no_${kind}`, (value) => problemOf(value) !== undefined);
  }
  const tables = [...new Set(NAME_COLUMNS.map(({ table }) => table))];
  return [...tables.flatMap((table) => scanTable(database, table)), ...scanOwners(database)];
}

/** Folders that are named after another chat, which would use the same folder. */
function scanOwners(database: Database): readonly Violation[] {
  // Version 0 has no tables.
  if (columnsOf(database, 'chats').size === 0) return [];
  return database
    .prepare<{ readonly id: unknown; readonly folder: unknown }>('SELECT id, folder FROM chats')
    .all()
    .flatMap(({ id, folder: value }): readonly Violation[] => {
      if (typeof value !== 'string' || chatFolderProblem(value) !== undefined) return []; // It is reported already.
      const reason = folderOwnerProblem(value, typeof id === 'string' ? id : '');
      return reason === undefined ? [] : [{ column: 'chats.folder', value, reason }];
    })
    .slice(0, MAX_ROWS);
}

function scanTable(database: Database, table: string): readonly Violation[] {
  const existing = columnsOf(database, table);
  // Older versions have fewer tables and columns.
  const columns = NAME_COLUMNS.filter((one) => one.table === table && existing.has(one.column));
  if (columns.length === 0) return [];
  const tests = columns.map(({ column, kind }) => `(${column} IS NOT NULL AND ${testOf(column, kind)})`);
  const shown = columns.map(({ column }) => `${column}, instr(${column}, char(0)) AS nul_in_${column}`);
  return database
    .prepare<Record<string, unknown>>(
      `SELECT ${shown.join(', ')} FROM ${table} WHERE ${tests.join(' OR ')} LIMIT ${MAX_ROWS}`,
    )
    .all()
    .flatMap((row) => violationsIn(row, columns));
}

function columnsOf(database: Database, table: string): ReadonlySet<string> {
  const columns = database.prepare<{ readonly name: string }>(`SELECT name FROM pragma_table_info('${table}')`);
  return new Set(columns.all().map(({ name }) => name));
}

function testOf(column: string, kind: Kind): string {
  // A hash is tested without leaving SQLite, which is twice as fast.
  if (kind === 'sha256')
    return `(typeof(${column}) <> 'text' OR length(unhex(${column})) IS NOT 32 OR ${column} <> lower(${column}))`;
  // SQLite passes text to a function only up to the first NUL.
  return `(instr(${column}, char(0)) OR is_no_${kind}(${column}))`;
}

function violationsIn(row: Record<string, unknown>, columns: readonly NameColumn[]): readonly Violation[] {
  return columns.flatMap(({ table, column, kind }): readonly Violation[] => {
    const value = row[column];
    if (value === null) return [];
    const nul = Number(row[`nul_in_${column}`]) > 0 ? 'it has a NUL' : undefined;
    const reason = KINDS[kind](value) ?? nul;
    return reason === undefined ? [] : [{ column: `${table}.${column}`, value, reason }];
  });
}
