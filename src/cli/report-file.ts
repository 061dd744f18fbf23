import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { fileError, isSystemError } from '../disk/file-error.js';
import { ChatferryError } from '../errors/chatferry-error.js';

/**
 * Checks that a report can be written: an answer that comes after hours of work comes too late. Writes nothing.
 *
 * @param path - Absolute.
 * @throws {ChatferryError} `USAGE` with what to do.
 */
export async function requireReportPlace(path: string): Promise<void> {
  const folder = dirname(path);
  if ((await kindOf(folder)) !== 'folder') refuse(path, `there is no folder ${folder}. Make it, or name another file.`);
  const kind = await kindOf(path);
  if (kind === 'folder') refuse(path, 'it is a folder. Name a file in it.');
  try {
    // A device such as /dev/stdout is written to and needs no place in its folder.
    await access(kind === undefined ? folder : path, constants.W_OK);
  } catch {
    refuse(path, 'this user may not write there. Name a file in another folder.');
  }
}

/** @throws {ChatferryError} `FILE_SYSTEM` */
export async function writeReport(path: string, document: unknown): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(document, null, 1)}\n`);
  } catch (error) {
    throw fileError(error, 'write the report', path);
  }
}

function refuse(path: string, reason: string): never {
  throw new ChatferryError('USAGE', `--report ${path} cannot be written: ${reason}`);
}

async function kindOf(path: string): Promise<'folder' | 'file' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw fileError(error, 'read', path);
  }
}
