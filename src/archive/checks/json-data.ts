import { ChatferryError } from '../../errors/chatferry-error.js';
import type { ColumnName } from './unchecked-text.js';

/**
 * An object that a column has as JSON.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` for what is no JSON, or no object.
 */
export function dataOf(text: unknown, column: ColumnName): object {
  try {
    const value: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw noData(column, cause);
  }
  throw noData(column, undefined);
}

function noData(column: ColumnName, cause: unknown): ChatferryError {
  return new ChatferryError(
    'ARCHIVE_DAMAGED',
    `In archive.db, a value of ${column} is no JSON object. Keep a copy of it, then restore it from a backup or export anew into an empty directory.`,
    { cause },
  );
}
