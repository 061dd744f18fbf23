import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';

import { descriptorOf } from '../../../disk/descriptor-path.js';
import { type Entry, entryAtSync, describeEntry, entryOf, isSameEntry } from '../../../disk/entry.js';
import { makeFolder } from '../../../disk/make-folder.js';
import { isOwnedByUs } from '../../../disk/own-folder.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import { DroppingFile } from './dropping-file.js';
import { SAFE_OPEN } from '../../../disk/open-flags.js';

const APPENDING = constants.O_RDWR | constants.O_APPEND;
/** Entries of our logs are short, so a file with a longer first line is not one of them. */
const LONGEST_LINE_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * Opens a log to be appended to, also by other processes at the same time. Made, for its owner alone, where nothing is;
 * otherwise a file that is empty or begins with a line of a log of ours. Text of strangers is in entries, and in a file of
 * something else, such as a shell's settings, it could do harm.
 *
 * Devices such as /dev/null, and what this process has open (/dev/stdout, /dev/fd/3), are written to without waiting: what
 * they do not take at once is dropped.
 *
 * @param path - Absolute.
 * @throws {ChatferryError} `USAGE` with the reason and what to do.
 */
export async function openLogFile(path: string): Promise<DroppingFile> {
  try {
    return new DroppingFile(descriptorOf(path) === undefined ? await openNamed(path) : openDescriptor(path));
  } catch (cause) {
    if (cause instanceof NoLogError) throw refusal(path, `: ${cause.message}`, cause);
    throw refusal(path, '', cause);
  }
}

class NoLogError extends Error {}

function refusal(path: string, reason: string, cause: unknown): ChatferryError {
  const message = `LOG_FILE ${path} cannot be written to${reason}. Name a new file in a folder you may write.`;
  return new ChatferryError('USAGE', message, { cause });
}

/** A separate open file description, so that non-blocking mode does not affect other processes. */
function openDescriptor(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK | constants.O_NOCTTY);
}

async function openNamed(path: string): Promise<number> {
  const before = entryAtSync(path);
  if (before === undefined) {
    await makeFolder(dirname(path));
    return openSync(path, APPENDING | constants.O_CREAT | constants.O_EXCL | SAFE_OPEN, 0o600);
  }
  if (isCharacterDevice(path)) return openSync(path, constants.O_WRONLY | SAFE_OPEN | constants.O_NOCTTY);
  requireOwnLog(path, before);
  const descriptor = openSync(path, APPENDING | SAFE_OPEN);
  try {
    const opened = entryOf(fstatSync(descriptor, { bigint: true }));
    requireOwnLog(path, opened);
    if (!isSameEntry(before, opened)) throw new NoLogError('it was replaced meanwhile');
    if (opened.sizeBytes > 0 && !beginsLikeLog(descriptor))
      throw new NoLogError('it exists and is no log of chatferry, so it is not changed');
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function isCharacterDevice(path: string): boolean {
  return lstatSync(path).isCharacterDevice();
}

function requireOwnLog(path: string, found: Entry): void {
  if (found.kind !== 'file' || found.linkCount > 1) throw new NoLogError(`it is ${describeEntry(path, found)}`);
  if (!isOwnedByUs(found)) throw new NoLogError(`it belongs to another user (${found.owner})`);
}

function beginsLikeLog(descriptor: number): boolean {
  const buffer = Buffer.alloc(LONGEST_LINE_BYTES);
  const size = readSync(descriptor, buffer, 0, buffer.length, 0);
  const end = buffer.subarray(0, size).indexOf(NEWLINE);
  try {
    const entry: unknown = JSON.parse(buffer.toString('utf8', 0, end === -1 ? size : end));
    const { level, time, msg } = entry as Record<string, unknown>;
    return typeof level === 'number' && typeof time === 'string' && typeof msg === 'string';
  } catch {
    return false;
  }
}
