import { chmodSync, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { type Entry, entryAtSync, entryOf, foreignEntryError, isSameEntry } from '../entry.js';
import { fileError, isSystemError } from '../file-error.js';
import { SAFE_OPEN } from '../open-flags.js';

/**
 * The files of SQLite beside a database in use (https://sqlite.org/tempfiles.html). SQLite writes to them even for
 * readers.
 */
const SIDE_FILES = ['-journal', '-wal', '-shm'];
const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
/** The end of a journal that names a super-journal (https://sqlite.org/fileformat2.html, "Rollback Journal Format"). */
const SUPER_JOURNAL_MARK = Buffer.from('d9d505f920a163d7', 'hex');

export interface DatabaseFilesOptions {
  /** A file that is only read may have further hard links, as in a snapshot made of hard links. */
  readonly readOnly: boolean;
}

/**
 * Checks a database and the files of SQLite beside it before SQLite opens them. SQLite would follow links, wait for the
 * writer of a pipe, and delete the file that a journal of several databases names.
 *
 * @returns the entry at `path`; undefined if there is none.
 * @throws {ChatferryError} `FILE_SYSTEM` if one is not a regular file with a single name; `ARCHIVE_DAMAGED` for such a
 *   journal.
 */
export function requireDatabaseFiles(path: string, { readOnly }: DatabaseFilesOptions): Entry | undefined {
  const database = lookAt(path);
  if (database !== undefined) requireFile(path, database, !readOnly);
  for (const ending of SIDE_FILES) {
    const beside = `${path}${ending}`;
    const entry = lookAt(beside);
    if (entry === undefined) continue;
    requireFile(beside, entry, true);
    if (ending === '-journal' && namesSuperJournal(beside, entry)) {
      throw new ChatferryError(
        'ARCHIVE_DAMAGED',
        `${beside} names another file, which SQLite would delete, and chatferry never writes such a journal. Nothing was touched. Restore the database from a backup.`,
      );
    }
  }
  return database;
}

/**
 * Makes a database readable by its owner only. SQLite gives the files beside it the permissions of the database
 * (https://sqlite.org/src/file/src/os_unix.c, `findCreateFileMode`); existing ones get them here.
 *
 * @param database - The result of {@link requireDatabaseFiles}. A new database is created as an empty file, which
 *   SQLite accepts.
 * @throws {ChatferryError} `FILE_SYSTEM`
 */
export function makeDatabasePrivate(path: string, database: Entry | undefined): void {
  try {
    // An existing file is never opened here, because closing it would release the locks of this process on it
    // (fcntl(2)).
    if (database === undefined) closeSync(openSync(path, 'wx', OWNER_ONLY));
    for (const name of [path, ...SIDE_FILES.map((ending) => `${path}${ending}`)]) {
      const entry = entryAtSync(name);
      if (entry?.kind === 'file' && (entry.mode & OTHERS) !== 0) chmodSync(name, OWNER_ONLY);
    }
  } catch (error) {
    if (!isSystemError(error, 'EEXIST', 'ENOENT')) throw fileError(error, 'make private', path); // Another run was faster.
  }
}

/** @throws {ChatferryError} `FILE_SYSTEM` if the file is not the one that was checked before. */
export function requireSameDatabase(path: string, before: Entry | undefined): void {
  const after = lookAt(path);
  if (after === undefined) return; // SQLite creates it with the first write.
  if (after.kind !== 'file' || (before !== undefined && !isSameEntry(before, after))) {
    throw foreignEntryError(path, after, 'the file that was looked at before');
  }
}

function lookAt(path: string): Entry | undefined {
  try {
    return entryAtSync(path);
  } catch (error) {
    throw fileError(error, 'look at', path);
  }
}

function requireFile(path: string, entry: Entry, ownNameOnly: boolean): void {
  if (entry.kind !== 'file' || (ownNameOnly && entry.linkCount > 1)) {
    throw foreignEntryError(path, entry, 'a file of its own');
  }
}

function namesSuperJournal(path: string, entry: Entry): boolean {
  if (entry.sizeBytes < SUPER_JOURNAL_MARK.length) return false;
  try {
    // Windows has neither flag; there they are 0.
    const descriptor = openSync(path, constants.O_RDONLY | SAFE_OPEN);
    try {
      const opened = entryOf(fstatSync(descriptor, { bigint: true }));
      if (!isSameEntry(opened, entry)) throw foreignEntryError(path, opened, 'the file that was looked at before');
      const end = Buffer.alloc(SUPER_JOURNAL_MARK.length);
      readSync(descriptor, end, 0, end.length, opened.sizeBytes - end.length);
      return end.equals(SUPER_JOURNAL_MARK);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}
