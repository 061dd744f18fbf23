import { Database } from '../disk/sqlite/database.js';
import { entryAt } from '../disk/entry.js';
import { fileError } from '../disk/file-error.js';
import { isChatferryError } from '../errors/chatferry-error.js';

/**
 * Opens a database to read it. SQLite needs a file of its own beside a database with a write-ahead log, which it cannot have on
 * a read-only disk: there the database is opened as one that never changes.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`, also on a read-only disk when a log has data that the database lacks;
 *   `ARCHIVE_DAMAGED`.
 */
export async function openWithoutWriting(path: string): Promise<Database> {
  try {
    return new Database(path, { readOnly: true });
  } catch (error) {
    const logBytes = (await sizeOf(`${path}-wal`)) ?? 0;
    if (!isChatferryError(error, 'FILE_SYSTEM') || logBytes > 0) throw error;
    return new Database(path, { readOnly: true, immutable: true });
  }
}

/** The size in bytes; undefined when nothing is there. A link has a size of its own. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await entryAt(path))?.sizeBytes;
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}
