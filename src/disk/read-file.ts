import { constants, fstatSync, lstatSync, openSync, closeSync, readFileSync } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';

import { ChatferryError } from '../errors/chatferry-error.js';
import { describeEntry, type Entry, entryOf } from './entry.js';
import { SAFE_OPEN, NON_BLOCKING } from './open-flags.js';

export interface ReadingOptions {
  /** Whether the user named the file, so that it may be a link. @defaultValue false */
  readonly mayBeLink?: boolean;
}

/**
 * Opens a regular file for reading. A FIFO could block for ever, and a device may never end.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` for anything else. Other errors are Node's.
 */
export async function openForReading(path: string, options: ReadingOptions = {}): Promise<FileHandle> {
  const { mayBeLink = false } = options;
  if (!mayBeLink) requireNoLink(path, entryOf(await lstat(path, { bigint: true })));
  const file = await open(path, constants.O_RDONLY | (mayBeLink ? NON_BLOCKING : SAFE_OPEN));
  try {
    requireRegular(path, entryOf(await file.stat({ bigint: true })));
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** As {@link openForReading}. @returns a descriptor, which the caller closes. */
export function openForReadingSync(path: string, options: ReadingOptions = {}): number {
  const { mayBeLink = false } = options;
  if (!mayBeLink) requireNoLink(path, entryOf(lstatSync(path, { bigint: true })));
  const descriptor = openSync(path, constants.O_RDONLY | (mayBeLink ? NON_BLOCKING : SAFE_OPEN));
  try {
    requireRegular(path, entryOf(fstatSync(descriptor, { bigint: true })));
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Reads a complete file. @throws as {@link openForReading} does. */
export async function readWhole(path: string, options: ReadingOptions = {}): Promise<Buffer> {
  const file = await openForReading(path, options);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** As {@link readWhole}. */
export function readWholeSync(path: string, options: ReadingOptions = {}): Buffer {
  const descriptor = openForReadingSync(path, options);
  try {
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function requireNoLink(path: string, found: Entry): void {
  if (found.kind === 'link') throw unreadable(path, found);
}

function requireRegular(path: string, found: Entry): void {
  if (found.kind !== 'file') throw unreadable(path, found);
}

function unreadable(path: string, found: Entry): ChatferryError {
  return new ChatferryError('FILE_SYSTEM', `${path} was not read: it is ${describeEntry(path, found)}.`);
}
