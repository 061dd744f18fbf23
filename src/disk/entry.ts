import { type BigIntStats, lstatSync, readlinkSync } from 'node:fs';
import { lstat } from 'node:fs/promises';

import { ChatferryError } from '../errors/chatferry-error.js';
import { isSystemError } from './file-error.js';

/** `other`: a FIFO, a socket or a device. */
export type EntryKind = 'file' | 'folder' | 'link' | 'other';

/** What has a name in a folder. A link is the link, not what it leads to. */
export interface Entry {
  readonly kind: EntryKind;
  /** With `inode`: which file this is, whatever its name. */
  readonly device: bigint;
  readonly inode: bigint;
  /** How many names the file has. Bytes that are written under one of them are seen under all. */
  readonly nameCount: number;
  readonly sizeBytes: number;
  /** Since 1970: when its bytes were written last. */
  readonly modifiedNs: bigint;
  /** Since 1970: when anything about it changed last, such as its bytes or its name. */
  readonly changedNs: bigint;
  /** Permissions: the lower 12 bits of POSIX. Without meaning on Windows. */
  readonly mode: number;
  /** User id of the owner; 0 on Windows. */
  readonly owner: number;
  /** Group id; 0 on Windows. */
  readonly group: number;
}

const MODE_BITS = 0o7777n;

/** @returns undefined where nothing has that name. @throws Node's error for what cannot be looked at. */
export async function entryAt(path: string): Promise<Entry | undefined> {
  try {
    return entryOf(await lstat(path, { bigint: true }));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** As {@link entryAt}. */
export function entryAtSync(path: string): Entry | undefined {
  try {
    return entryOf(lstatSync(path, { bigint: true }));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** What Node's `stat` calls found. */
export function entryOf(found: BigIntStats): Entry {
  return {
    kind: kindOf(found),
    device: found.dev,
    inode: found.ino,
    nameCount: Number(found.nlink),
    sizeBytes: Number(found.size),
    modifiedNs: found.mtimeNs,
    changedNs: found.ctimeNs,
    mode: Number(found.mode & MODE_BITS),
    owner: Number(found.uid),
    group: Number(found.gid),
  };
}

/**
 * A folder, looked at without following a link.
 *
 * @param path - Of a folder that is there.
 * @throws {ChatferryError} `FILE_SYSTEM` for what is none. Else Node's error, `ENOENT` among them.
 */
export async function requireFolder(path: string): Promise<Entry> {
  const found = entryOf(await lstat(path, { bigint: true }));
  if (found.kind !== 'folder') throw foreignEntryError(path, found, 'a folder');
  return found;
}

/** Whether both are one and the same file, folder or link. */
export function isSameEntry(a: Entry, b: Entry): boolean {
  return a.device === b.device && a.inode === b.inode;
}

/**
 * Whether both are one file with the same bytes, as far as is seen without reading it. Nothing is like nothing.
 *
 * A rename keeps both, except on shares that number files anew then.
 */
export function isUnchanged(before: Entry | undefined, now: Entry | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  return isSameEntry(before, now) && before.sizeBytes === now.sizeBytes && before.modifiedNs === now.modifiedNs;
}

/**
 * An error for something in the place of a file or folder of ours: it is neither followed nor replaced.
 *
 * @param expected - What belongs there: `a folder`, `a file of its own`.
 */
export function foreignEntryError(path: string, found: Entry, expected: string): ChatferryError {
  const remedy =
    found.kind === 'file' && found.nameCount > 1
      ? 'If it is yours, as after a backup by hard links, replace it by a copy of itself'
      : 'Move it away';
  const message = `${path} is ${describeEntry(path, found)}, and ${expected} belongs there. It was left as it is. ${remedy}, then run the same command again.`;
  return new ChatferryError('FILE_SYSTEM', message);
}

/** What is there, to be read after "it is": `a link to "/etc/passwd"`. */
export function describeEntry(path: string, { kind, nameCount }: Pick<Entry, 'kind' | 'nameCount'>): string {
  if (kind === 'link') return `a link to "${targetOf(path)}"`;
  if (kind === 'other') return 'no regular file (a pipe, socket or device)';
  if (kind === 'folder') return 'a folder';
  return nameCount > 1 ? 'a file that has another name elsewhere (a hard link)' : 'a file';
}

function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return 'somewhere'; // It is gone, or may not be read.
  }
}

function kindOf(found: BigIntStats): EntryKind {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  return found.isSymbolicLink() ? 'link' : 'other';
}
