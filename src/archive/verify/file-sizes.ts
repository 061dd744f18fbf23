import { lstat } from 'node:fs';
import { join } from 'node:path';

import { ChatferryError } from '../../errors/chatferry-error.js';
import { fileError, isSystemError } from '../../disk/file-error.js';
import { OwnTree } from '../../disk/own-tree.js';

/**
 * Questions to the disk that are open at once. More make a local disk no faster, and one that is far away answers so
 * many in the time of one. Measured: 100,000 files take 0.3 to 1 s.
 */
const OPEN_QUESTIONS = 64;

/** What says that there is no such file. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

/**
 * The sizes of files in bytes, in the order of the paths; undefined where there is no file, or something that is none: a
 * link is no file of the archive, nor is what lies behind one.
 *
 * @param folder - Absolute; what the paths are relative to.
 * @throws {ChatferryError} `FILE_SYSTEM` where that cannot be found out; the signal's reason when it aborts.
 */
export async function fileSizes(
  folder: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly (number | undefined)[]> {
  const answers = await askForSizes(folder, paths, signal);
  return answers.map((answer) => {
    if (answer instanceof ChatferryError) throw answer;
    return answer;
  });
}

/** The same, where what cannot be found out is an answer. @throws the signal's reason when it aborts. */
export async function askForSizes(
  folder: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly (number | ChatferryError | undefined)[]> {
  const sizes: (number | ChatferryError | undefined)[] = new Array<undefined>(paths.length);
  const tree = new OwnTree(folder);
  let next = 0;
  const askOn = async (): Promise<void> => {
    for (let index = next++; index < paths.length; index = next++) {
      signal.throwIfAborted();
      sizes[index] = await sizeWithin(tree, join(folder, paths[index] ?? ''));
    }
  };
  await Promise.all(Array.from({ length: Math.min(OPEN_QUESTIONS, paths.length) }, askOn));
  return sizes;
}

async function sizeWithin(tree: OwnTree, path: string): Promise<number | ChatferryError | undefined> {
  try {
    return (await tree.reaches(path)) ? await fileSize(path) : undefined;
  } catch (error) {
    return isSystemError(error, ...ABSENT) ? undefined : fileError(error, 'look at', path);
  }
}

/** The promises of `node:fs` take twice as long. */
function fileSize(path: string): Promise<number | ChatferryError | undefined> {
  return new Promise((resolve) => {
    lstat(path, (error, info) => {
      if (error === null) resolve(info.isFile() ? info.size : undefined);
      else if (isSystemError(error, ...ABSENT)) resolve(undefined);
      else resolve(fileError(error, 'look at', path));
    });
  });
}
