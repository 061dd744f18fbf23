import { fstatSync } from 'node:fs';
import { access, constants, type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { descriptorOf } from '../disk/descriptor-path.js';
import { writeDurably } from '../disk/durable-file.js';
import { describeEntry, type Entry, entryAt } from '../disk/entry.js';
import { fileError, isSystemError, withFileErrors } from '../disk/file-error.js';
import { ChatferryError } from '../errors/chatferry-error.js';
import { safeJson } from '../text/json.js';

/** How often a pipe is asked whether its reader has made room. */
const FULL_PIPE_PAUSE_MS = 10;

/**
 * Checks that a report can be written: an answer that comes after hours of work comes too late. Writes nothing.
 *
 * @param path - Absolute: a file, a device, or what the caller has open (`/dev/stdout`, `/dev/fd/63`).
 * @throws {ChatferryError} `USAGE` with what to do.
 */
export async function requireReportPlace(path: string): Promise<void> {
  const descriptor = descriptorOf(path);
  if (descriptor !== undefined) {
    if (!isOpenToBeReopened(descriptor)) refuse(path, 'no file, pipe or terminal is open there. Name a file.');
    return;
  }
  const folder = dirname(path);
  if (!(await isFolder(folder))) refuse(path, `there is no folder ${folder}. Make it, or name another file.`);
  const found = await entryOrRefusal(path);
  if (found?.kind === 'folder') refuse(path, 'it is a folder. Name a file in it.');
  const isDevice = found?.kind === 'other' && (await lstat(path)).isCharacterDevice();
  if (found !== undefined && found.kind !== 'file' && !isDevice) {
    refuse(path, `it is ${describeEntry(path, found)}. Name a file, or /dev/stdout for a pipe.`);
  }
  try {
    // A device such as /dev/null is written to and needs no place in its folder.
    await access(isDevice ? path : folder, constants.W_OK);
    if (found?.kind === 'file') await access(path, constants.W_OK);
  } catch {
    refuse(path, 'this user may not write there. Name a file in another folder.');
  }
}

/**
 * Writes it: a file is replaced whole, so that another name of what was there keeps its bytes. A pipe whose reader is slow is
 * waited for.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason.
 */
export async function writeReport(path: string, document: unknown, signal: AbortSignal): Promise<void> {
  const text = `${safeJson(document, undefined, 1)}\n`;
  const found = await entryOrRefusal(path);
  const isOpenAlready = descriptorOf(path) !== undefined;
  if (isOpenAlready || found?.kind === 'other') await writeThrough(path, text, { isOpenAlready, signal });
  else {
    await requireReportPlace(path); // It may have changed since.
    await writeDurably(path, text);
  }
}

async function writeThrough(
  path: string,
  text: string,
  { isOpenAlready, signal }: { readonly isOpenAlready: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const follow = isOpenAlready ? 0 : constants.O_NOFOLLOW;
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK | constants.O_NOCTTY | follow;
  const file = await withFileErrors('write the report', path, () => open(path, flags));
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length;) written += await writeSome(file, bytes.subarray(written), signal);
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(error, 'write the report', path);
  } finally {
    await file.close();
  }
}

/** @returns how many bytes were taken. */
async function writeSome(file: FileHandle, bytes: Buffer, signal: AbortSignal): Promise<number> {
  try {
    return (await file.write(bytes)).bytesWritten;
  } catch (error) {
    if (!isSystemError(error, 'EAGAIN')) throw error;
    await sleep(FULL_PIPE_PAUSE_MS, undefined, { signal });
    return 0;
  }
}

/** A socket cannot be opened a second time. */
function isOpenToBeReopened(descriptor: number): boolean {
  try {
    return !fstatSync(descriptor).isSocket();
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

function refuse(path: string, reason: string): never {
  throw new ChatferryError('USAGE', `--report ${path} cannot be written: ${reason}`);
}

async function entryOrRefusal(path: string): Promise<Entry | undefined> {
  try {
    return await entryAt(path);
  } catch (error) {
    throw fileError(error, 'read', path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false;
    throw fileError(error, 'read', path);
  }
}
