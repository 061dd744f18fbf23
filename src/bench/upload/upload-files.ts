import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

import type { BenchFile } from './upload-task.js';

const PIECE_BYTES = 4 * 1024 * 1024;

export interface FilesToMake {
  readonly count: number;
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
}

/** Makes files of random bytes, all different. @param folder - Created if necessary. */
export async function makeUploadFiles(folder: string, files: FilesToMake): Promise<readonly BenchFile[]> {
  const { count, sizeBytes, signal } = files;
  await mkdir(folder, { recursive: true });
  const made: BenchFile[] = [];
  for (let number = 1; number <= count; number += 1) {
    signal.throwIfAborted();
    const name = `file-${number}.bin`;
    const path = join(folder, name);
    await using file = await open(path, 'w');
    for (let left = sizeBytes; left > 0; left -= PIECE_BYTES)
      await file.write(randomBytes(Math.min(left, PIECE_BYTES)));
    made.push({ path, name, sizeBytes });
  }
  return made;
}

/** Makes a sparse file of zeros, which takes no disk space if the file system supports that. */
export async function makeSparseFile(path: string, sizeBytes: number): Promise<BenchFile> {
  await using file = await open(path, 'w');
  await file.truncate(sizeBytes);
  return { path, name: 'sparse.bin', sizeBytes };
}
