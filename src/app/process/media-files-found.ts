import { stat } from 'node:fs/promises';
import { basename, relative, resolve, sep } from 'node:path';

import { glob, isDynamicPattern } from 'tinyglobby';

import { fileError, isSystemError } from '../../disk/file-error.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { folderReader, type FoldersMet } from './folder-reading.js';
import { OwnOutput } from './own-output.js';
import type { NamedFile } from './processed-media.js';

export interface FindMediaOptions {
  /** The base of relative names. */
  readonly cwd: string;
  /** Absolute. Files in it are left out of folders and patterns, because they are derivatives. */
  readonly outputFolder?: string | undefined;
}

/** The files that names stand for. All paths are absolute. */
export interface FoundMedia {
  /** In the order of the names, then by path, each once. */
  readonly files: readonly NamedFile[];
  /** Folders that could not be read, each with a sentence about the reason. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  /** Links to folders, which are not followed. */
  readonly folderLinks: readonly string[];
  /** Pipes, devices and sockets in folders, which are not opened. */
  readonly noFiles: readonly string[];
  /** How many files were left out because `process` itself had made them. */
  readonly ownCount: number;
}

/**
 * The files that paths, folders and patterns name. A folder stands for all files below it, except hidden ones. Links to
 * files count as files. Files that an earlier run made are left out, wherever they are. If no derivatives are made now,
 * they are included if they are named directly.
 *
 * @throws {ChatferryError} `USAGE` for a name or pattern without a match, and for a path that is neither a file nor a
 *   folder; `FILE_SYSTEM`.
 */
export async function findMediaFiles(names: readonly string[], options: FindMediaOptions): Promise<FoundMedia> {
  const found = new Map<string, NamedFile>();
  const met: FoldersMet = { unreadable: [], folderLinks: [], noFiles: [] };
  const own = new OwnOutput();
  for (const name of names) {
    const matches = await filesOf(name, options, met);
    const others: NamedFile[] = [];
    for (const file of matches) {
      const isNamed = file.path === resolve(options.cwd, name) && options.outputFolder === undefined;
      if (isNamed || !(await own.has(file.path))) others.push(file);
    }
    if (others.length === 0 && Object.values(met).every(({ length }) => length === 0)) {
      throw new ChatferryError('USAGE', nothingAnswers(name, matches.length));
    }
    for (const file of others) if (!found.has(file.path)) found.set(file.path, file);
  }
  return {
    files: [...found.values()],
    unreadable: met.unreadable.map(({ path, cause }) => ({
      path,
      reason: fileError(cause, 'read the folder', path).message,
    })),
    folderLinks: met.folderLinks,
    noFiles: met.noFiles,
    ownCount: own.count,
  };
}

function nothingAnswers(name: string, ownCount: number): string {
  return ownCount === 0
    ? `"${name}" names no file. Check its spelling; folders must not be empty.`
    : `"${name}" names nothing but what chatferry made of other files. Name those.`;
}

async function filesOf(
  name: string,
  { cwd, outputFolder }: FindMediaOptions,
  met: FoldersMet,
): Promise<readonly NamedFile[]> {
  const path = resolve(cwd, name);
  const kind = await kindOf(path);
  if (kind === 'file') return [{ path, name: basename(path) }];
  // A file whose name looks like a pattern takes precedence over the pattern.
  if (kind === 'absent' && !isDynamicPattern(name)) return [];
  const options = {
    absolute: true,
    onlyFiles: true,
    followSymbolicLinks: false,
    expandDirectories: false,
    fs: { readdir: folderReader(met) },
  };
  const matches =
    kind === 'folder' ? await glob('**/*', { ...options, cwd: path }) : await glob(name, { ...options, cwd });
  const paths = matches.map((match) => resolve(match)).sort();
  const base = kind === 'folder' ? path : staticFolder(name, cwd);
  // If the user names the folder or a file in it, files that were not made there are included.
  const isBelow = outputFolder?.startsWith(base.endsWith(sep) ? base : base + sep) === true;
  const wanted = isBelow ? paths.filter((match) => !match.startsWith(outputFolder + sep)) : paths;
  return wanted.map((match) => ({ path: match, name: nameBelow(base, match) }));
}

/** The file or folder that a name stands for, or the folder that a pattern begins with. Absolute. */
export function baseOf(name: string, cwd: string): string {
  return isDynamicPattern(name) ? staticFolder(name, cwd) : resolve(cwd, name);
}

/** The folder that a pattern begins with. */
function staticFolder(pattern: string, cwd: string): string {
  const parts = pattern.split('/');
  const dynamicAt = parts.findIndex((part) => isDynamicPattern(part));
  return resolve(cwd, parts.slice(0, Math.max(dynamicAt, 0)).join('/'));
}

function nameBelow(base: string, path: string): string {
  const name = relative(base, path);
  return name.startsWith('..') ? basename(path) : name;
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'absent'> {
  try {
    const found = await stat(path);
    if (found.isFile()) return 'file';
    if (found.isDirectory()) return 'folder';
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL')) return 'absent';
    throw fileError(error, 'read', path);
  }
  // A pipe or a device may have no end.
  throw new ChatferryError('USAGE', `${path} is neither a file nor a folder. Name one that is.`);
}
