import { join } from 'node:path';

import { ChatferryError, isChatferryError } from '../errors/chatferry-error.js';
import { Database } from '../disk/sqlite/database.js';
import { requireDatabaseFiles } from '../disk/sqlite/database-files.js';
import { endedBySignals } from '../disk/ended-by-signals.js';
import { entryAt } from '../disk/entry.js';
import { fileError, withFileErrors } from '../disk/file-error.js';
import { hostileNames, migrate, requireCurrentVersion, requireOwnSchema, requireSound } from './migrations.js';
import { createOwnFile } from '../disk/own-file.js';
import { isFolder } from './verify/chat-folders.js';
import { refuseFoldersWithoutDatabase } from './verify/folders-without-database.js';

/** Inside the archive's directory. */
export const DATABASE_FILE = 'archive.db';
/** Of the smallest page (https://sqlite.org/fileformat2.html#pages). SQLite takes shorter files for new databases. */
const LEAST_BYTES = 512;

/**
 * Opens the database of an archive, creates it or brings it up to date.
 *
 * @param mode - Permissions of one that is created, before the umask. What SQLite puts beside it has the same.
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` also where it is gone and the folders of chats are there.
 */
export async function openToWrite(directory: string, mode: number): Promise<Database> {
  const path = join(directory, DATABASE_FILE);
  requireDatabaseFiles(path, { readOnly: false });
  if (((await sizeOf(path)) ?? 0) < LEAST_BYTES) await refuseFoldersWithoutDatabase(path);
  const wasSound = await isKnownSound(path);
  if ((await sizeOf(path)) === undefined) await makeEmpty(path, mode);
  const database = new Database(path);
  try {
    // Either may take long on millions of rows, only reads or is one transaction, and so may be broken off.
    await endedBySignals(() => {
      if (!wasSound) requireSound(database);
      migrate(database);
    });
    return database;
  } catch (error) {
    giveUp(database);
    throw error;
  }
}

/**
 * Closes the database of an archive that was opened to write, and leaves it as one file with nothing beside it, so that
 * it can be copied, and read where nobody may write. Where a reader still has it open, or the disk is full, the log stays:
 * nothing is lost.
 */
export function closeAtRest(database: Database): void {
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE;');
  } catch (error) {
    if (!isChatferryError(error, 'LOCKED', 'FILE_SYSTEM')) throw error;
  } finally {
    database.close();
  }
}

/**
 * Closes a database that was opened to write and turned out to be damaged. Without a log, its lock ends now: that of a log
 * lasts until the prepared statements are collected as garbage.
 */
export function giveUp(database: Database): void {
  try {
    closeAtRest(database);
  } catch (error) {
    if (!isChatferryError(error)) throw error;
  }
}

/**
 * Opens the database of an archive without writing.
 *
 * @throws {ChatferryError} `USAGE` when there is none; `ARCHIVE_DAMAGED` also where it is gone and the folders of chats are
 *   there.
 */
export async function openToRead(directory: string): Promise<Database> {
  const path = join(directory, DATABASE_FILE);
  requireDatabaseFiles(path, { readOnly: true });
  if (((await sizeOf(path)) ?? 0) < LEAST_BYTES) {
    if (await isFolder(directory)) await refuseFoldersWithoutDatabase(path);
    throw new ChatferryError('USAGE', `There is no archive in ${directory}. Export a chat into it first.`);
  }
  const database = await openWithoutWriting(path);
  try {
    requireCurrentVersion(database);
    await endedBySignals(() => {
      requireSound(database);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Copies the database of an archive as it is at one moment, also while an export writes to it: what has a row there has its
 * bytes on the disk. Only reads.
 *
 * @param folder - Absolute; where the copy is made, under the name that it has in an archive.
 * @returns the path of the copy.
 * @throws as {@link openToRead} does.
 */
export async function copyDatabase(directory: string, folder: string): Promise<string> {
  const copy = join(folder, DATABASE_FILE);
  using database = await openToRead(directory);
  await database.copyTo(copy);
  return copy;
}

/**
 * What is wrong with the names of files in the database of an archive, a sentence each. Only reads.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` where its schema is another one; `FILE_SYSTEM`.
 */
export async function listHostileNames(directory: string): Promise<readonly string[]> {
  const path = join(directory, DATABASE_FILE);
  requireDatabaseFiles(path, { readOnly: true });
  using database = await openWithoutWriting(path);
  return hostileNames(database);
}

/** Whether the database of an archive has the schema of its version and nothing else. Only reads. */
export async function hasOwnSchema(directory: string): Promise<boolean> {
  try {
    using database = await openWithoutWriting(join(directory, DATABASE_FILE));
    requireOwnSchema(database);
    return true;
  } catch (error) {
    if (isChatferryError(error, 'ARCHIVE_DAMAGED')) return false;
    if (isChatferryError(error)) return true; // It is gone, or nobody can open it: there is nothing to be run.
    throw error;
  }
}

/**
 * Looks at a database that may come from anywhere without writing a byte: to close one that was opened to write takes in its
 * log. One that cannot be read so is to be looked at after a broken-off transaction was rolled back.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`.
 */
async function isKnownSound(path: string): Promise<boolean> {
  if (((await sizeOf(path)) ?? 0) === 0) return false;
  // Nobody else writes, so that it needs neither locks nor files beside it.
  const isAtRest = (await sizeOf(`${path}-wal`)) === undefined && (await sizeOf(`${path}-journal`)) === undefined;
  let database: Database;
  try {
    database = isAtRest ? new Database(path, { readOnly: true, immutable: true }) : await openWithoutWriting(path);
  } catch (error) {
    if (isChatferryError(error, 'FILE_SYSTEM')) return false;
    throw error;
  }
  try {
    await endedBySignals(() => {
      requireSound(database);
    });
    return true;
  } finally {
    database.close();
  }
}

/** SQLite takes it for a new one. */
async function makeEmpty(path: string, mode: number): Promise<void> {
  await withFileErrors('create', path, async () => {
    const file = await createOwnFile(path, { mode });
    await file.close();
  });
}

/** SQLite needs a file of its own beside a database with a write-ahead log. On a read-only disk it cannot have one. */
async function openWithoutWriting(path: string): Promise<Database> {
  try {
    return new Database(path, { readOnly: true });
  } catch (error) {
    const logBytes = (await sizeOf(`${path}-wal`)) ?? 0;
    // What is only in the log would be missing.
    if (!isChatferryError(error, 'FILE_SYSTEM') || logBytes > 0) throw error;
    return new Database(path, { readOnly: true, immutable: true });
  }
}

/** Undefined where there is nothing. A link has a size of its own. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await entryAt(path))?.sizeBytes;
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}
