import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

import { isSystemError, withFileErrors } from '../../disk/file-error.js';

/** Files that renderers and runs write beside the media, and can write again. */
const RENDERED: ReadonlySet<string> = new Set(['result.json', 'report.json']);
/** Files that desktop systems create in visited folders. Hidden files are ignored too. */
const DESKTOP_FILES: ReadonlySet<string> = new Set(['thumbs.db', 'desktop.ini']);

/**
 * Files in the folder of a chat that no row names, relative to it, with `/`.
 *
 * @param chatFolder - Absolute.
 * @param named - Paths that rows name, relative to the folder, composed (NFC).
 * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
 */
export async function* strayFiles(
  chatFolder: string,
  named: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const { name, isFolder } of await entriesOf(join(chatFolder, folder))) {
      signal.throwIfAborted();
      const path = folder === '' ? name : `${folder}/${name}`;
      if (name.startsWith('.') || DESKTOP_FILES.has(name.toLowerCase())) continue;
      if (isFolder) folders.push(path);
      // macOS may return decomposed names.
      else if (!RENDERED.has(path) && !named.has(path.normalize('NFC'))) yield path;
    }
  }
}

async function entriesOf(folder: string): Promise<readonly { readonly name: string; readonly isFolder: boolean }[]> {
  return withFileErrors('read the folder', folder, async () => {
    try {
      const entries = [];
      for await (const entry of await opendir(folder))
        entries.push({ name: entry.name, isFolder: entry.isDirectory() });
      return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
    } catch (error) {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
      throw error;
    }
  });
}
