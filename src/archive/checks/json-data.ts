import { ChatferryError } from '../../errors/chatferry-error.js';
import type { Shape } from './shape.js';
import { type ColumnName, shown } from './unchecked-text.js';

/** What is checked, and how an error names it. */
export interface DataExpectation {
  readonly shape: Shape;
  readonly column: ColumnName;
  /** Of the row. */
  readonly key: readonly unknown[];
}

export interface RowExpectation {
  readonly shape: Shape;
  readonly table: string;
  /** Of the row. */
  readonly key: readonly unknown[];
}

/**
 * Parses the JSON object in a column.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` if it is not JSON, not an object, or not of that shape.
 */
export function dataOf(json: unknown, { shape, column, key }: DataExpectation): object {
  const value = parsed(json, column, key);
  const problem = shape(value);
  if (problem === undefined) return value;
  throw damaged(`${column}${problem}`, key);
}

/**
 * Checks the columns of a row that are not JSON, because SQLite stores any type in any column.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`
 */
export function requireRow(row: object, { shape, table, key }: RowExpectation): void {
  const problem = shape(row);
  if (problem !== undefined) throw damaged(`${table}${problem}`, key);
}

function parsed(json: unknown, column: ColumnName, key: readonly unknown[]): object {
  try {
    const value: unknown = typeof json === 'string' ? JSON.parse(json) : undefined;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw damaged(`${column} is not JSON`, key, cause);
  }
  throw damaged(`${column} is not a JSON object`, key);
}

function damaged(what: string, key: readonly unknown[], cause?: unknown): ChatferryError {
  const row = key.map(shown).join(', ');
  return new ChatferryError(
    'ARCHIVE_DAMAGED',
    `In archive.db, in the row of ${row}: ${what}. Keep a copy of it, then restore it from a backup or export again into an empty directory.`,
    { cause },
  );
}
