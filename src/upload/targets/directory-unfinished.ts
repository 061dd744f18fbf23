import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { UnfinishedUpload } from '../upload-target.js';
import { isAsideName } from './directory-aside.js';
import { onItsDisk } from './directory-refusal.js';

/**
 * All temporary files of uploads below a folder, from any program run. Only those of one folder are in memory at a
 * time. Links are not followed.
 *
 * @throws {ChatferryError} `STORE_REFUSED` for a folder that cannot be read; the signal's reason.
 */
export async function* filesAside(root: string, signal: AbortSignal): AsyncGenerator<UnfinishedUpload, void, void> {
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    const path = folder;
    for (const entry of await onItsDisk('read the folder', path, () => readdir(path, { withFileTypes: true }))) {
      const aside = join(path, entry.name);
      if (entry.isDirectory()) folders.push(aside);
      else if (entry.isFile() && isAsideName(aside)) yield { upload: { aside }, name: relative(root, aside) };
    }
  }
}
