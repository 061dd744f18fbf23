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

/** An archive below a folder. */
export interface ArchiveBelow {
  items(prefix: string, leftOut: LeftOut, signal: AbortSignal): AsyncGenerator<UploadItem, void, void>;
}

export interface FolderToSend {
  /** Absolute. */
  readonly path: string;
  /** The prefix of its file names at the target. May be empty. */
  readonly name: string;
  /** Counts files that are not sent. */
  readonly leftOut: LeftOut;
  /** Whether to skip an entry below it. @param relativePath - With `/`. @defaultValue nothing is skipped */
  readonly skips?: (path: string, relativePath: string) => boolean;
  /**
   * Opens the archive in a folder below it that has a database. Returns undefined if the folder is sent like any other.
   */
  readonly openArchive?: (path: string) => Promise<ArchiveBelow | undefined>;
}

/**
 * All regular files below a folder, including hidden ones, in the order of their names. Only the entries of one folder
 * are in memory at a time. Names at the target are made safe and unique within each folder. A folder that cannot be
 * read becomes an item that fails. So does an entry whose name is not UTF-8, because decoded it may equal the name of
 * another file.
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
      // A name with a backslash is still a single name.
      const safe = names.take(remoteName(entryName.replaceAll(/[\\/]/g, '_')));
      const name = place.name === '' ? safe : `${place.name}/${safe}`;
      if (!isText) yield { path, name, problem: notTextError(path) };
      else if (entry.isFile()) yield { path, name };
      else yield* walk(folder, { path, name, relativePath }, signal);
    } else leftOut.otherCount += 1;
  }
}

interface NamedEntry {
  /** Escaped for display if it is not text: `\xff.bin`. */
  readonly name: string;
  /** Whether its name is UTF-8. Linux file systems allow any bytes. */
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

/** Writes every non-ASCII byte as `\x` and two hex digits. */
function escaped(name: Buffer): string {
  const shown = (byte: number): string => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`);
  return Array.from(name, shown).join('');
}

function notTextError(path: string): ChatferryError {
  return new ChatferryError('FILE_SYSTEM', `${path} was not read: its name is not UTF-8; rename it.`);
}
