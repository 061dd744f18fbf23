import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { type Entry, entryAtSync, entryOf, foreignEntryError, isSameEntry } from '../entry.js';
import { fileError, isSystemError } from '../file-error.js';
import { SAFE_OPEN } from '../open-flags.js';

/** Files beside a database that SQLite would follow, play back or delete (https://sqlite.org/tempfiles.html). */
const SIDE_FILES = ['-journal', '-wal', '-shm'];

/**
 * Its first bytes, and the two that select a rollback journal
 * (https://sqlite.org/fileformat2.html#the_database_header).
 */
const MAGIC = Buffer.from('SQLite format 3\0');
const JOURNAL_MODE_OFFSET = 18;
const HEADER_BYTES = 20;
/** A lock file has one page of 4096 bytes; one of an earlier version has two. */
const MAX_BYTES = 16 * 1024;

export interface LockFileOptions {
  /** Permissions of a new file, before the umask. */
  readonly mode: number;
  /** Whether this process holds the lock on that file. */
  readonly isHeld: (entry: Entry) => boolean;
}

/**
 * Creates the lock file, or examines an existing one. A file of another program is never changed. Whether a small
 * SQLite file is a lock of ours is decided by the code that reads it. A file that this process has locked already is
 * not opened, because closing it would release all locks of the process on it (fcntl(2)).
 *
 * @throws {ChatferryError} `FILE_SYSTEM` for links, devices, folders, files with a second hard link, and files of other
 *   programs.
 */
export function makeLockFile(path: string, { mode, isHeld }: LockFileOptions): Entry {
  try {
    for (const suffix of SIDE_FILES) refuseSideFile(`${path}${suffix}`, path);
    return createNew(path, mode) ?? inspect(path, isHeld);
  } catch (error) {
    throw fileError(error, 'use the lock file', path);
  }
}

/** @throws {ChatferryError} `FILE_SYSTEM` when the name belongs to a different file than before. */
export function requireSameLockFile(path: string, before: Entry): void {
  const now = entryAtSync(path);
  if (now !== undefined && isSameEntry(before, now)) return;
  const message = `The lock file ${path} was replaced while it was opened. Nothing was written. Run the same command again.`;
  throw new ChatferryError('FILE_SYSTEM', message);
}

export function foreignLockError(path: string): ChatferryError {
  const message =
    `${path} is needed as a lock, and it is a file of something else: it stays as it is, and nothing was written. Choose another ` +
    `name or folder. If you know that chatferry made it (a power cut may have damaged it), delete it while no chatferry runs.`;
  return new ChatferryError('FILE_SYSTEM', message);
}

function refuseSideFile(path: string, lockFile: string): void {
  if (entryAtSync(path) === undefined) return;
  const message =
    `${path} is there, and SQLite would take it for a part of the lock ${lockFile}. Nothing was written. ` +
    'Move it away while no chatferry runs, then run the same command again.';
  throw new ChatferryError('FILE_SYSTEM', message);
}

/** @returns undefined when something has the name. */
function createNew(path: string, mode: number): Entry | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | SAFE_OPEN, mode);
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return undefined;
    throw error;
  }
  try {
    return entryOf(fstatSync(descriptor, { bigint: true }));
  } finally {
    closeSync(descriptor);
  }
}

function inspect(path: string, isHeld: (entry: Entry) => boolean): Entry {
  const before = entryAtSync(path);
  if (before === undefined) throw new ChatferryError('FILE_SYSTEM', `${path} was deleted meanwhile. Try again.`);
  requireOwnKind(path, before);
  if (isHeld(before)) return before;
  const descriptor = openSync(path, constants.O_RDONLY | SAFE_OPEN);
  try {
    const opened = entryOf(fstatSync(descriptor, { bigint: true }));
    requireOwnKind(path, opened);
    if (!isSameEntry(before, opened)) throw foreignEntryError(path, opened, 'the same file');
    if (opened.sizeBytes > 0 && !isSmallDatabase(descriptor, opened)) throw foreignLockError(path);
    return opened;
  } finally {
    closeSync(descriptor);
  }
}

function requireOwnKind(path: string, found: Entry): void {
  if (found.kind !== 'file' || found.linkCount > 1) throw foreignEntryError(path, found, 'a lock file of its own');
}

function isSmallDatabase(descriptor: number, { sizeBytes }: Entry): boolean {
  if (sizeBytes > MAX_BYTES) return false;
  const header = Buffer.alloc(HEADER_BYTES);
  if (readSync(descriptor, header, 0, HEADER_BYTES, 0) < HEADER_BYTES) return false;
  const hasRollbackJournal = header[JOURNAL_MODE_OFFSET] === 1 && header[JOURNAL_MODE_OFFSET + 1] === 1;
  return hasRollbackJournal && header.subarray(0, MAGIC.length).equals(MAGIC);
}
