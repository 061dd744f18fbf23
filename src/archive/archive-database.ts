import { join } from 'node:path';

import { ChatferryError, isChatferryError } from '../errors/chatferry-error.js';
import { Database } from '../disk/sqlite/database.js';
import { requireDatabaseFiles } from '../disk/sqlite/database-files.js';
import { runInterruptibly } from '../disk/run-interruptibly.js';
import { withFileErrors } from '../disk/file-error.js';
import { hostileNames, migrate, requireCurrentVersion, requireOwnSchema, requireSound } from './migrations.js';
import { createOwnFile } from '../disk/own-file.js';
import { openWithoutWriting, sizeOf } from './open-without-writing.js';
import { isFolder } from './verify/chat-folders.js';
import { refuseFoldersWithoutDatabase } from './verify/folders-without-database.js';

/** Inside the archive's directory. */
export const DATABASE_FILE = 'archive.db';
/** The smallest page size (https://sqlite.org/fileformat2.html#pages). SQLite treats shorter files as new databases. */
const MIN_BYTES = 512;

/**
 * Opens the database of an archive. Creates it if necessary, or migrates it to the current version.
 *
 * @param mode - Permissions of a new database, before the umask. SQLite gives its other files the same ones.
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` also if the database is missing but folders of chats exist.
 */
export async function openToWrite(directory: string, mode: number): Promise<Database> {
  const path = join(directory, DATABASE_FILE);
  requireDatabaseFiles(path, { readOnly: false });
  if (((await sizeOf(path)) ?? 0) < MIN_BYTES) await refuseFoldersWithoutDatabase(path);
  const wasSound = await isKnownSound(path);
  if ((await sizeOf(path)) === undefined) await makeEmpty(path, mode);
  const database = new Database(path);
  try {
    // Both may take long on millions of rows. Both may be interrupted: one only reads, the other is one transaction.
    await runInterruptibly(() => {
      if (!wasSound) requireSound(database);
      migrate(database);
    });
    return database;
  } catch (error) {
    closeDamaged(database);
    throw error;
  }
}

/**
 * Closes the database of an archive that was opened to write, and leaves a single file, so that it can be copied, and
 * read from read-only disks. If a reader still has it open or the disk is full, the write-ahead log stays, and nothing
 * is lost.
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
 * Closes a database that was opened to write and is damaged. It removes the write-ahead log, because the lock of a log
 * lasts until the prepared statements are garbage-collected.
 */
export function closeDamaged(database: Database): void {
  try {
    closeAtRest(database);
  } catch (error) {
    if (!isChatferryError(error)) throw error;
  }
}

/**
 * Opens the database of an archive without writing.
 *
 * @throws {ChatferryError} `USAGE` when there is none; `ARCHIVE_DAMAGED` also if the database is missing but folders of
 *   chats exist.
 */
export async function openToRead(directory: string): Promise<Database> {
  const path = join(directory, DATABASE_FILE);
  requireDatabaseFiles(path, { readOnly: true });
  if (((await sizeOf(path)) ?? 0) < MIN_BYTES) {
    if (await isFolder(directory)) await refuseFoldersWithoutDatabase(path);
    throw new ChatferryError('USAGE', `There is no archive in ${directory}. Export a chat into it first.`);
  }
  const database = await openWithoutWriting(path);
  try {
    requireCurrentVersion(database);
    await runInterruptibly(() => {
      requireSound(database);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Copies the database of an archive as it is at one moment, even while an export writes to it. Every file that has a
 * row in the copy is on disk. Only reads.
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
 * The problems with file names in the database of an archive, one sentence each. Only reads.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED` if its schema differs; `FILE_SYSTEM`.
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
    if (isChatferryError(error)) return true; // It is missing or cannot be opened, so none of its statements can run.
    throw error;
  }
}

/**
 * Checks an untrusted database without writing a byte; closing a database that was opened to write would apply its log.
 * A database that cannot be read this way has to be checked after its interrupted transaction was rolled back.
 *
 * @throws {ChatferryError} `ARCHIVE_DAMAGED`.
 */
async function isKnownSound(path: string): Promise<boolean> {
  if (((await sizeOf(path)) ?? 0) === 0) return false;
  // No other process writes, so it needs neither locks nor further files.
  const isAtRest = (await sizeOf(`${path}-wal`)) === undefined && (await sizeOf(`${path}-journal`)) === undefined;
  let database: Database;
  try {
    database = isAtRest ? new Database(path, { readOnly: true, immutable: true }) : await openWithoutWriting(path);
  } catch (error) {
    if (isChatferryError(error, 'FILE_SYSTEM')) return false;
    throw error;
  }
  try {
    await runInterruptibly(() => {
      requireSound(database);
    });
    return true;
  } finally {
    database.close();
  }
}

/** SQLite treats the empty file as a new database. */
async function makeEmpty(path: string, mode: number): Promise<void> {
  await withFileErrors('create', path, async () => {
    const file = await createOwnFile(path, { mode });
    await file.close();
  });
}
