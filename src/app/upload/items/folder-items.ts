import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { fileError } from '../../../disk/file-error.js';
import { DATABASE_FILE } from '../../../archive/archive-database.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import { remoteName } from '../../../upload/remote-name.js';
import type { UploadItem } from '../../../upload/uploaded-file.js';
import type { LeftOut } from './left-out.js';
import { UniqueNames } from './unique-names.js';

/** An archive that lies below a folder. */
export interface ArchiveBelow {
  items(prefix: string, leftOut: LeftOut, signal: AbortSignal): AsyncGenerator<UploadItem, void, void>;
}

export interface FolderToSend {
  /** Absolute. */
  readonly path: string;
  /** What its files are called at the far end begins with it. Empty: nothing. */
  readonly name: string;
  /** Counts what is not sent. */
  readonly leftOut: LeftOut;
  /** Whether something below it is no matter of this walk. @param relativePath - With `/`. @defaultValue nothing is */
  readonly skips?: (path: string, relativePath: string) => boolean;
  /** Opens the archive in a folder below it that has a database; undefined where it is sent like any other folder. */
  readonly openArchive?: (path: string) => Promise<ArchiveBelow | undefined>;
}

/**
 * All regular files under a folder, hidden ones as well, in the order of their names, those of one folder in memory at a time.
 * Names at the far end are made safe, and are unique in each folder. A folder that cannot be read is an item that fails, and
 * so is what has a name that is not UTF-8: read as text, it may be that of another file.
 *
 * @throws the signal's reason when it aborts.
 */
export async function* folderItems(folder: FolderToSend, signal: AbortSignal): AsyncGenerator<UploadItem, void, void> {
  yield* walk(folder, { path: folder.path, name: folder.name, relativePath: '' }, signal);
}

interface Place {
  readonly path: string;
  readonly name: string;
  readonly relativePath: string;
}

async function* walk(folder: FolderToSend, place: Place, signal: AbortSignal): AsyncGenerator<UploadItem, void, void> {
  signal.throwIfAborted();
  const entries = await entriesOf(place);
  if ('problem' in entries) {
    yield entries;
    return;
  }
  const hasDatabase = entries.some(({ name, entry }) => name === DATABASE_FILE && entry.isFile());
  const archive = hasDatabase ? await folder.openArchive?.(place.path) : undefined;
  if (archive !== undefined) {
    yield* archive.items(`${place.name}/`, folder.leftOut, signal);
    return;
  }
  const names = new UniqueNames();
  const { skips = () => false, leftOut } = folder;
  for (const { name: entryName, isText, entry } of entries) {
    const path = join(place.path, entryName);
    const relativePath = place.relativePath === '' ? entryName : `${place.relativePath}/${entryName}`;
    if (skips(path, relativePath)) continue;
    if (entry.isSymbolicLink()) leftOut.linkCount += 1;
    else if (entry.isFile() || entry.isDirectory()) {
      // A name that has a backslash in it is still one name.
      const safe = names.take(remoteName(entryName.replaceAll(/[\\/]/g, '_')));
      const name = place.name === '' ? safe : `${place.name}/${safe}`;
      if (!isText) yield { path, name, problem: notTextError(path) };
      else if (entry.isFile()) yield { path, name };
      else yield* walk(folder, { path, name, relativePath }, signal);
    } else leftOut.otherCount += 1;
  }
}

interface NamedEntry {
  /** For people where it is not text: `\xff.bin`. */
  readonly name: string;
  /** Whether its name is UTF-8. File systems of Linux take any bytes. */
  readonly isText: boolean;
  readonly entry: Dirent<Buffer>;
}

async function entriesOf({
  path,
  name,
}: Place): Promise<readonly NamedEntry[] | (UploadItem & { readonly problem: unknown })> {
  try {
    const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
    return entries.map(namedEntry).sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    return { path, name: name === '' ? 'folder' : name, problem: fileError(error, 'read the folder', path) };
  }
}

function namedEntry(entry: Dirent<Buffer>): NamedEntry {
  const isText = isUtf8(entry.name);
  return { name: isText ? entry.name.toString() : escaped(entry.name), isText, entry };
}

/** With all bytes beyond ASCII as `\x` and two hex digits. */
function escaped(name: Buffer): string {
  const shown = (byte: number): string => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`);
  return Array.from(name, shown).join('');
}

function notTextError(path: string): ChatferryError {
  return new ChatferryError('FILE_SYSTEM', `${path} was not read: its name is not UTF-8; rename it.`);
}
