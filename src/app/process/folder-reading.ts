import { type Dirent, type PathLike, readdir, stat } from 'node:fs';
import { join } from 'node:path';

/** Entries other than files that a search met. */
export interface FoldersMet {
  /** Absolute paths of folders that could not be read, and the errors. */
  readonly unreadable: { readonly path: string; readonly cause: NodeJS.ErrnoException }[];
  /** Absolute paths of links to folders. They are not followed, because they may form cycles or lead anywhere. */
  readonly folderLinks: string[];
  /**
   * Absolute paths of pipes, devices and sockets, and of links to them. They are not opened, because reading them may
   * never end.
   */
  readonly noFiles: string[];
}

type OnEntries = (error: NodeJS.ErrnoException | null, entries: Dirent[]) => void;

/**
 * Reads folders for a search by patterns. A link to a file counts as a file. So does a broken link, because opening it
 * reports the error. Other entries are recorded.
 *
 * @returns Node's `readdir`, in the form that the search calls.
 */
export function folderReader(met: FoldersMet): typeof readdir {
  const read = (folder: PathLike, options: { readonly withFileTypes: true }, onEntries: OnEntries): void => {
    readdir(folder, options, (error, entries) => {
      if (error !== null) {
        met.unreadable.push({ path: String(folder), cause: error });
        onEntries(error, []);
        return;
      }
      for (const entry of entries) if (isNoFile(entry)) met.noFiles.push(join(String(folder), entry.name));
      const links = entries.filter((entry) => entry.isSymbolicLink() && !entry.name.startsWith('.'));
      let leftCount = links.length;
      if (leftCount === 0) onEntries(null, entries);
      for (const link of links) {
        const path = join(String(folder), link.name);
        stat(path, (failure, found) => {
          if (failure === null && found.isDirectory()) met.folderLinks.push(path);
          else if (failure !== null || found.isFile()) countAsFile(link);
          else met.noFiles.push(path);
          leftCount -= 1;
          if (leftCount === 0) onEntries(null, entries);
        });
      }
    });
  };
  return Object.assign(read, { __promisify__: readdir.__promisify__ }) as typeof readdir;
}

function isNoFile(entry: Dirent): boolean {
  return entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice();
}

function countAsFile(entry: Dirent): void {
  entry.isFile = () => true;
  entry.isSymbolicLink = () => false;
}
