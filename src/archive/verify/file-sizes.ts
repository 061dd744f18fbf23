import { lstat } from 'node:fs';
import { join } from 'node:path';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { fileError, isSystemError } from '../../disk/file-error.js';
import { OwnTree } from '../../disk/own-tree.js';

/**
 * Concurrent `lstat` calls. More are no faster on a local disk. On a network disk, so many take as long as one.
 * Measured: 100,000 files take 0.3 to 1 s.
 */
const MAX_OPEN_CALLS = 64;

/** Error codes for a file that does not exist. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

/**
 * The sizes of files in bytes, in the order of the paths; undefined if there is no regular file. Links, and files
 * behind links, do not count.
 *
 * @param folder - Absolute; what the paths are relative to.
 * @throws {ChatferryError} `FILE_SYSTEM` if a size cannot be read; the signal's reason when it aborts.
 */
export async function fileSizes(
  folder: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly (number | undefined)[]> {
  const answers = await sizesOrErrors(folder, paths, signal);
  return answers.map((answer) => {
    if (answer instanceof ChatferryError) throw answer;
    return answer;
  });
}

/** The same, but a size that cannot be read is an error value. @throws the signal's reason when it aborts. */
export async function sizesOrErrors(
  folder: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly (number | ChatferryError | undefined)[]> {
  const sizes: (number | ChatferryError | undefined)[] = new Array<undefined>(paths.length);
  const tree = new OwnTree(folder);
  let next = 0;
  const readSizes = async (): Promise<void> => {
    for (let index = next++; index < paths.length; index = next++) {
      signal.throwIfAborted();
      sizes[index] = await sizeWithin(tree, join(folder, paths[index] ?? ''));
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_OPEN_CALLS, paths.length) }, readSizes));
  return sizes;
}

async function sizeWithin(tree: OwnTree, path: string): Promise<number | ChatferryError | undefined> {
  try {
    return (await tree.reaches(path)) ? await fileSize(path) : undefined;
  } catch (error) {
    return isSystemError(error, ...ABSENT) ? undefined : fileError(error, 'look at', path);
  }
}

/** The promise API of `node:fs` takes twice as long. */
function fileSize(path: string): Promise<number | ChatferryError | undefined> {
  return new Promise((resolve) => {
    lstat(path, (error, info) => {
      if (error === null) resolve(info.isFile() ? info.size : undefined);
      else if (isSystemError(error, ...ABSENT)) resolve(undefined);
      else resolve(fileError(error, 'look at', path));
    });
  });
}
