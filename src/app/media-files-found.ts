import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { glob, isDynamicPattern } from 'tinyglobby';

import { ChatferryError } from '../errors/chatferry-error.js';
import { isSystemError } from '../archive/file-error.js';

/**
 * The files that paths, folders and patterns name: absolute, in the order of the names, those of one name by path, each
 * once. A folder stands for everything under it; what begins with a dot is left out there.
 *
 * @throws {ChatferryError} `USAGE` for a name or a pattern that nothing answers to.
 */
export async function findMediaFiles(names: readonly string[], cwd: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const name of names) {
    const paths = await filesOf(name, cwd);
    if (paths.length === 0) {
      throw new ChatferryError('USAGE', `"${name}" names no file. Check its spelling; folders must not be empty.`);
    }
    for (const path of paths) found.add(path);
  }
  return [...found];
}

async function filesOf(name: string, cwd: string): Promise<readonly string[]> {
  const path = resolve(cwd, name);
  const kind = await kindOf(path);
  if (kind === 'file') return [path];
  // A file whose name looks like a pattern is that file; only then it is a pattern.
  if (kind === 'absent' && !isDynamicPattern(name)) return [];
  const options = { absolute: true, onlyFiles: true, followSymbolicLinks: false, expandDirectories: false };
  const paths =
    kind === 'folder' ? await glob('**/*', { ...options, cwd: path }) : await glob(name, { ...options, cwd });
  return paths.map((match) => resolve(match)).sort();
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'absent'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL')) return 'absent';
    throw new ChatferryError('FILE_SYSTEM', `${path} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}
