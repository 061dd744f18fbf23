import { stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

import { glob, isDynamicPattern } from 'tinyglobby';

import { ChatferryError } from '../errors/chatferry-error.js';
import { isSystemError } from '../archive/file-error.js';

export interface FindMediaOptions {
  /** Where names start that are relative. */
  readonly cwd: string;
  /** Absolute. What is in it is left out of folders and patterns: it was made from the others. */
  readonly outputFolder?: string | undefined;
}

/**
 * The files that paths, folders and patterns name: absolute, in the order of the names, those of one name by path, each
 * once. A folder stands for everything under it; what begins with a dot is left out there.
 *
 * @throws {ChatferryError} `USAGE` for a name or a pattern that nothing answers to, and for what is neither a file nor a
 *   folder; `FILE_SYSTEM`.
 */
export async function findMediaFiles(names: readonly string[], options: FindMediaOptions): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const name of names) {
    const paths = await filesOf(name, options);
    if (paths.length === 0) {
      throw new ChatferryError('USAGE', `"${name}" names no file. Check its spelling; folders must not be empty.`);
    }
    for (const path of paths) found.add(path);
  }
  return [...found];
}

async function filesOf(name: string, { cwd, outputFolder }: FindMediaOptions): Promise<readonly string[]> {
  const path = resolve(cwd, name);
  const kind = await kindOf(path);
  if (kind === 'file') return [path];
  // A file whose name looks like a pattern is that file; only then it is a pattern.
  if (kind === 'absent' && !isDynamicPattern(name)) return [];
  const options = { absolute: true, onlyFiles: true, followSymbolicLinks: false, expandDirectories: false };
  const matches =
    kind === 'folder' ? await glob('**/*', { ...options, cwd: path }) : await glob(name, { ...options, cwd });
  const paths = matches.map((match) => resolve(match)).sort();
  const isOwn = outputFolder === undefined || path === outputFolder; // Asked for by its name, it is wanted.
  return isOwn ? paths : paths.filter((match) => !match.startsWith(outputFolder + sep));
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'absent'> {
  try {
    const found = await stat(path);
    if (found.isFile()) return 'file';
    if (found.isDirectory()) return 'folder';
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL')) return 'absent';
    throw new ChatferryError('FILE_SYSTEM', `${path} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
  // A pipe or a device may have no end.
  throw new ChatferryError('USAGE', `${path} is neither a file nor a folder. Name one that is.`);
}
