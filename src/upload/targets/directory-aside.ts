import { createHash, randomBytes } from 'node:crypto';
import { stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { makeFolderDurably } from '../../disk/durable-file.js';
import { entryAt, entryOf, isSameEntry } from '../../disk/entry.js';
import { isSystemError } from '../../disk/file-error.js';
import { cloneFile } from '../../disk/link-or-copy.js';
import { createOwnFile, openOwnFile, removeOwnFile } from '../../disk/own-file.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import type { OutgoingFile, OutgoingPart } from '../upload-target.js';
import { onItsDisk } from './directory-refusal.js';

const SUFFIX = '.uploading';
const NAME = /^\.[0-9a-f]{20}\.uploading$/;
const NAME_BYTES = 10;
const OWNER_WRITES = 0o200;
const PIECE_BYTES = 64 * 1024;

/** `whole`: it already has all bytes, as a clone has. `parts`: its parts have to be written. */
export type AsideState = 'whole' | 'parts';

/**
 * The temporary name of a file, in the same folder. Each upload has its own, so that two uploads of the same file do not
 * conflict. It does not contain the file's name, which may already have the longest length possible.
 */
export function newAside(path: string): string {
  return join(dirname(path), `.${randomBytes(NAME_BYTES).toString('hex')}${SUFFIX}`);
}

export function isAsideName(path: string): boolean {
  return NAME.test(basename(path));
}

/**
 * Creates the temporary file with its full size. If the file system can share blocks with the source, no byte is read or
 * written. An existing file is not changed.
 *
 * @throws {ChatferryError} `STORE_REFUSED` if the disk has no space for it. Other errors are Node's.
 */
export async function makeAside(aside: string, file: OutgoingFile): Promise<AsideState> {
  const folder = dirname(aside);
  await makeFolderDurably(folder);
  if ((await entryAt(aside))?.kind === 'file') return 'parts';
  if (file.path !== undefined && (await cloneFile(file.path, aside))) return 'whole';
  await requireRoom(folder, file);
  // A file that only its owner may read stays private. The owner can write, because parts are written even if the
  // source is read-only.
  const { mode } = file.path === undefined ? { mode: 0o666 } : await stat(file.path);
  await using made = await createOwnFile(aside, { mode: (mode & 0o666) | OWNER_WRITES });
  await made.truncate(file.sizeBytes);
  return 'parts';
}

/** Errors of file systems that store no times, or only let the owner set them. */
const NO_TIMES = ['EPERM', 'EACCES', 'EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'];

/**
 * Copies the modification time of the source, if the file system allows it. Files that were made for sending have no
 * such time.
 */
export async function keepModifiedTime(aside: string, { path }: OutgoingFile): Promise<void> {
  if (path === undefined) return;
  const { atimeMs, mtimeMs } = await stat(path);
  try {
    // POSIX only requires the owner, and a clone of a read-only file cannot be opened for writing.
    await using file = await openOwnFile(aside, { writes: process.platform === 'win32' });
    await file.utimes(atimeMs / 1000, mtimeMs / 1000);
  } catch (error) {
    if (!isSystemError(error, ...NO_TIMES)) throw error;
  }
}

/**
 * Checks that the source is not the file that it would replace: a file has two names on a disk that ignores case, or by
 * a hard link.
 *
 * @throws {ChatferryError} `STORE_REFUSED` that names both. Else Node's error.
 */
export async function requireOtherFile(to: string, { path }: OutgoingFile): Promise<void> {
  const there = path === undefined ? undefined : await entryAt(to);
  // Some network shares have no inode numbers.
  if (path === undefined || there === undefined || there.inode === 0n) return;
  if (!isSameEntry(there, entryOf(await stat(path, { bigint: true })))) return;
  const message = `${path} and ${to} are one and the same file, by another spelling or a hard link, which would take its own place. It was left as it is. Choose another folder, or remove the name at the target.`;
  throw new ChatferryError('STORE_REFUSED', message);
}

/**
 * The time by the clock of the disk, which may differ from ours on a network share. In nanoseconds since 1970;
 * undefined if no file can be created, which the first upload will report.
 */
export async function timeOfDisk(folder: string): Promise<bigint | undefined> {
  const probe = newAside(join(folder, 'probe'));
  try {
    await using file = await createOwnFile(probe);
    const { ctimeNs } = await file.stat({ bigint: true });
    await removeOwnFile(probe);
    return ctimeNs;
  } catch (error) {
    if (!isSystemError(error) && !isChatferryError(error)) throw error;
    return undefined;
  }
}

/**
 * @throws {ChatferryError} `STORE_REFUSED` if the disk has no space for the file. Some network shares do not report
 *   free space.
 */
export async function requireRoom(folder: string, { name, sizeBytes }: OutgoingFile): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(folder);
  if (blocks === 0 || bavail * bsize >= sizeBytes) return;
  const message = `${name} has ${sizeBytes} bytes, and the disk with ${folder} has ${bavail * bsize} bytes free: the disk is full. Free space there, or choose another one.`;
  throw new ChatferryError('STORE_REFUSED', message);
}

/** @throws {ChatferryError} `STORE_REFUSED`; errors of reading the part are passed on. */
export async function writePart(path: string, part: OutgoingPart): Promise<void> {
  await using file = await onItsDisk('write', path, () => openOwnFile(path, { writes: true }));
  let position = part.offset;
  for await (const piece of part.body()) {
    await onItsDisk('write', path, async () => {
      for (let written = 0; written < piece.length;) {
        const { bytesWritten } = await file.write(piece, written, piece.length - written, position + written);
        written += bytesWritten; // A full disk may accept only a part.
      }
    });
    position += piece.length;
  }
  await onItsDisk('write', path, () => file.datasync());
}

/**
 * Hex, of the whole file; undefined if it does not exist.
 *
 * @throws {ChatferryError} `STORE_REFUSED`; the signal's reason.
 */
export async function sha256At(path: string, signal: AbortSignal): Promise<string | undefined> {
  return onItsDisk('read', path, async () => {
    try {
      return await sha256Of(path, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw error;
    }
  });
}

async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await using file = await openOwnFile(path);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, piece.length, null);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, bytesRead));
  }
}

/** The bytes of a file; each piece has its own memory. @throws Node's error; the signal's reason. */
export async function* piecesOf(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
  await using file = await openOwnFile(path);
  for (;;) {
    signal.throwIfAborted();
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    const { bytesRead } = await file.read(piece, 0, piece.length, null);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
  }
}
