import { type BigIntStats, lstatSync, readlinkSync } from 'node:fs';
import { lstat } from 'node:fs/promises';

import { ChatferryError } from '../errors/chatferry-error.js';
import { isSystemError } from './file-error.js';

/** `other`: a FIFO, a socket or a device. */
export type EntryKind = 'file' | 'folder' | 'link' | 'other';

/** An entry of a folder. For a link, this is the link itself, not its target. */
export interface Entry {
  readonly kind: EntryKind;
  /** Together with `inode` this identifies the file, whatever its name. */
  readonly device: bigint;
  readonly inode: bigint;
  /** Number of hard links. Bytes written through one of them are visible through all. */
  readonly linkCount: number;
  readonly sizeBytes: number;
  /** Time of the last change of its bytes, since 1970. */
  readonly modifiedNs: bigint;
  /** Time of the last change of its bytes or metadata, such as its name, since 1970. */
  readonly changedNs: bigint;
  /** Permissions: the lower 12 bits of POSIX. Meaningless on Windows. */
  readonly mode: number;
  /** User id of the owner; 0 on Windows. */
  readonly owner: number;
  /** Group id; 0 on Windows. */
  readonly group: number;
}

const MODE_BITS = 0o7777n;

/** @returns undefined if nothing has that name. @throws Node's error if it cannot be examined. */
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

/** Converts the result of Node's `stat`. */
export function entryOf(found: BigIntStats): Entry {
  return {
    kind: kindOf(found),
    device: found.dev,
    inode: found.ino,
    linkCount: Number(found.nlink),
    sizeBytes: Number(found.size),
    modifiedNs: found.mtimeNs,
    changedNs: found.ctimeNs,
    mode: Number(found.mode & MODE_BITS),
    owner: Number(found.uid),
    group: Number(found.gid),
  };
}

/**
 * Examines a folder without following a link.
 *
 * @param path - Of an existing folder.
 * @throws {ChatferryError} `FILE_SYSTEM` if it is not a folder. Other errors are Node's, such as `ENOENT`.
 */
export async function requireFolder(path: string): Promise<Entry> {
  const found = entryOf(await lstat(path, { bigint: true }));
  if (found.kind !== 'folder') throw foreignEntryError(path, found, 'a folder');
  return found;
}

/** Whether both are the same file, folder or link. */
export function isSameEntry(a: Entry, b: Entry): boolean {
  return a.device === b.device && a.inode === b.inode;
}

/**
 * Whether both are the same file with the same bytes, as far as can be told without reading it. Two missing entries are
 * equal.
 *
 * A rename does not change this, except on network shares that assign new inode numbers.
 */
export function isUnchanged(before: Entry | undefined, now: Entry | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  return isSameEntry(before, now) && before.sizeBytes === now.sizeBytes && before.modifiedNs === now.modifiedNs;
}

/**
 * The error for a foreign entry in the place of a file or folder of ours, which is neither followed nor replaced.
 *
 * @param expected - What belongs there: `a folder`, `a file of its own`.
 */
export function foreignEntryError(path: string, found: Entry, expected: string): ChatferryError {
  const remedy =
    found.kind === 'file' && found.linkCount > 1
      ? 'If it is yours, as after a backup by hard links, replace it by a copy of itself'
      : 'Move it away';
  const message = `${path} is ${describeEntry(path, found)}, and ${expected} belongs there. It was left as it is. ${remedy}, then run the same command again.`;
  return new ChatferryError('FILE_SYSTEM', message);
}

/** A description of an entry, worded to follow "it is": `a link to "/etc/passwd"`. */
export function describeEntry(path: string, { kind, linkCount }: Pick<Entry, 'kind' | 'linkCount'>): string {
  if (kind === 'link') return `a link to "${targetOf(path)}"`;
  if (kind === 'other') return 'not a regular file (a pipe, socket or device)';
  if (kind === 'folder') return 'a folder';
  return linkCount > 1 ? 'a file that has another name elsewhere (a hard link)' : 'a file';
}

function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return 'somewhere'; // It no longer exists, or may not be read.
  }
}

function kindOf(found: BigIntStats): EntryKind {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  return found.isSymbolicLink() ? 'link' : 'other';
}
