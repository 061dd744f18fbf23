import { createHash, randomBytes } from 'node:crypto';
import { stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { makeFolderDurably } from '../../disk/durable-file.js';
import { entryAt } from '../../disk/entry.js';
import { isSystemError } from '../../disk/file-error.js';
import { cloneFile } from '../../disk/link-or-copy.js';
import { createOwnFile, openOwnFile } from '../../disk/own-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { OutgoingFile, OutgoingPart } from '../upload-target.js';
import { onItsDisk } from './directory-refusal.js';

const SUFFIX = '.uploading';
const NAME = /^\.[0-9a-f]{20}\.uploading$/;
const NAME_BYTES = 10;
const PIECE_BYTES = 64 * 1024;

/** `whole`: it has all bytes already, as a clone has. `parts`: its parts are still to be written. */
export type AsideState = 'whole' | 'parts';

/**
 * Where a file is written before it has its name: in the same folder, and at a place of its own for every upload, so that two
 * that send the same file do not meet. The file's own name may be as long as names can be, so it is no part of it.
 */
export function newAside(path: string): string {
  return join(dirname(path), `.${randomBytes(NAME_BYTES).toString('hex')}${SUFFIX}`);
}

export function isAsideName(path: string): boolean {
  return NAME.test(basename(path));
}

/**
 * Makes the file aside, with room for all bytes. Where the file system can, it shares its blocks with the source: no byte is
 * read or written then. One that is there stays as it is.
 *
 * @throws {ChatferryError} `STORE_REFUSED` where the disk cannot have room for it. Else Node's error.
 */
export async function makeAside(aside: string, file: OutgoingFile): Promise<AsideState> {
  const folder = dirname(aside);
  await makeFolderDurably(folder);
  if ((await entryAt(aside))?.kind === 'file') return 'parts';
  if (file.path !== undefined && (await cloneFile(file.path, aside))) return 'whole';
  await requireRoom(folder, file);
  // What only its owner may read stays so.
  const { mode } = file.path === undefined ? { mode: 0o666 } : await stat(file.path);
  await using made = await createOwnFile(aside, { mode: mode & 0o666 });
  await made.truncate(file.sizeBytes);
  return 'parts';
}

/** @throws {ChatferryError} `STORE_REFUSED` where the disk cannot have room for the file. Some shares do not say. */
export async function requireRoom(folder: string, { name, sizeBytes }: OutgoingFile): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(folder);
  if (blocks === 0 || bavail * bsize >= sizeBytes) return;
  const message = `${name} has ${sizeBytes} bytes, and the disk with ${folder} has room for ${bavail * bsize}: the disk is full. Make room there, or choose another one.`;
  throw new ChatferryError('STORE_REFUSED', message);
}

/** @throws {ChatferryError} `STORE_REFUSED`; what reading the part throws, as it is. */
export async function writePart(path: string, part: OutgoingPart): Promise<void> {
  await using file = await onItsDisk('write', path, () => openOwnFile(path, { writes: true }));
  let position = part.offset;
  for await (const piece of part.body()) {
    await onItsDisk('write', path, async () => {
      for (let written = 0; written < piece.length;) {
        const { bytesWritten } = await file.write(piece, written, piece.length - written, position + written);
        written += bytesWritten; // A full disk may take a part only.
      }
    });
    position += piece.length;
  }
  await onItsDisk('write', path, () => file.datasync());
}

/** Hex, of the whole file; undefined where there is none. @throws {ChatferryError} `STORE_REFUSED`; the signal's reason. */
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

/** The bytes of a file; each piece is in memory of its own. @throws Node's error; the signal's reason. */
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
