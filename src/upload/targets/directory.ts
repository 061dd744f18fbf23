import { createHash } from 'node:crypto';
import { stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { isInsideFolder } from '../../config/trust/inside-folder.js';
import { replaceFile, syncDirectory, makeFolderDurably } from '../../disk/durable-file.js';
import { entryAt, foreignEntryError } from '../../disk/entry.js';
import { isSystemError } from '../../disk/file-error.js';
import { cloneFile } from '../../disk/link-or-copy.js';
import { createOwnFile, openOwnFile, removeOwnFile } from '../../disk/own-file.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import type {
  Confirmation,
  ExpectedFile,
  HeldParts,
  OutgoingFile,
  OutgoingPart,
  PartReceipt,
  RemoteFile,
  RemoteUpload,
  TargetAbilities,
  TargetLimits,
  UploadTarget,
} from '../upload-target.js';
import { isFull, onItsDisk } from './directory-refusal.js';

/** Names aside end with it. */
const ASIDE_SUFFIX = '.uploading';
const ASIDE_NAME = /^\.[0-9a-f]{20}\.uploading$/;
const PIECE_BYTES = 64 * 1024;

/**
 * A folder of this machine, such as a mounted share: files are written aside, synced, compared and renamed into place.
 */
export class DirectoryTarget implements UploadTarget {
  readonly id: string;
  readonly limits: TargetLimits = {
    leastPartBytes: 1,
    mostPartBytes: Infinity,
    partGranularityBytes: 1,
    mostPartCount: Infinity,
    largestFileBytes: Infinity,
  };
  readonly abilities: TargetAbilities = {
    resumesBy: 'receipts',
    parallelParts: true,
    verifiesBy: 'sha256',
    declaresCompression: false,
    readsBack: true,
    md5Of: 'nothing',
  };
  readonly #root: string;

  /** @param root - Made where it is not there. */
  constructor(root: string) {
    this.#root = resolve(root);
    this.id = `dir:${this.#root}`;
  }

  async check(): Promise<void> {
    await onItsDisk('create the folder', this.#root, () => makeFolderDurably(this.#root));
  }

  /** @throws {ChatferryError} `UNREACHABLE` where it is not there: every file of a share that is not mounted would seem lost. */
  async look(): Promise<void> {
    const isThere = await onItsDisk('look at', this.#root, async () => {
      try {
        return (await stat(this.#root)).isDirectory();
      } catch (error) {
        if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false;
        throw error;
      }
    });
    if (isThere) return;
    const message = `There is no folder ${this.#root}, so none of its files was looked for. Is it on a disk or share that is not mounted? Mount it, then run the same command again.`;
    throw new ChatferryError('UNREACHABLE', message);
  }

  /** Where the file system can, the file shares its blocks with the source: no byte is read or written then. */
  async begin(file: OutgoingFile): Promise<RemoteUpload> {
    const { name, sizeBytes, sha256 } = file;
    const path = this.#pathOf(name);
    // Its own name may be as long as names can be.
    const aside = join(dirname(path), `.${asideName(name, sha256)}${ASIDE_SUFFIX}`);
    const make = async (): Promise<boolean> => {
      await makeFolderDurably(dirname(path));
      const there = await entryAt(path);
      if (there !== undefined && there.kind !== 'file') throw foreignEntryError(path, there, 'a file');
      await removeOwnFile(aside);
      if (file.path !== undefined && (await cloneFile(file.path, aside))) return true;
      await requireRoom(dirname(path), file);
      // What only its owner may read stays so.
      const { mode } = file.path === undefined ? { mode: 0o666 } : await stat(file.path);
      await using made = await createOwnFile(aside, { mode: mode & 0o666 });
      await made.truncate(sizeBytes);
      return false;
    };
    const isCloned = await this.#leavingRoom(aside, () => onItsDisk('write', aside, make));
    return { aside, path, ...(isCloned ? { isCloned: 'true' } : {}) };
  }

  async held(upload: RemoteUpload, file: OutgoingFile, _: unknown, signal: AbortSignal): Promise<HeldParts> {
    if (!this.#isOwn(upload, file)) return { kind: 'gone' };
    const { aside, path } = upload;
    const found = await onItsDisk('look at', required(aside), () => entryAt(required(aside)));
    if (found?.kind === 'file') return { kind: 'untold' };
    // The last run may have ended right after the file had its name.
    return (await digestOf(required(path), signal))?.sha256 === file.sha256 ? { kind: 'untold' } : { kind: 'gone' };
  }

  async sendPart({ aside, isCloned }: RemoteUpload, part: OutgoingPart): Promise<PartReceipt> {
    if (isCloned === 'true') return { index: part.index, tag: '' }; // It is compared at the end, as every file is.
    const path = required(aside);
    await this.#leavingRoom(path, () => writePart(path, part));
    return { index: part.index, tag: '' };
  }

  async complete(
    { aside, path }: RemoteUpload,
    file: OutgoingFile,
    _: unknown,
    signal: AbortSignal,
  ): Promise<RemoteFile> {
    const from = required(aside);
    const to = required(path);
    const found = await digestOf(from, signal);
    if (found === undefined && (await digestOf(to, signal))?.sha256 === file.sha256) return { address: to, id: to };
    if (found?.sha256 !== file.sha256) {
      await this.abort({ aside: from });
      throw new ChatferryError(
        'CONTENT_MISMATCH',
        `${to} came out different. Run the same command again: it starts over.`,
      );
    }
    const putInPlace = async (): Promise<void> => {
      await replaceFile(from, to);
      await syncDirectory(dirname(to));
    };
    await this.#leavingRoom(from, () => onItsDisk('put in place', to, putInPlace));
    return { address: to, id: to };
  }

  async abort({ aside }: RemoteUpload): Promise<void> {
    const path = required(aside);
    if (!this.#isAside(path)) return;
    await onItsDisk('remove', path, () => removeOwnFile(path));
  }

  async confirm({ id }: RemoteFile, { sha256 }: ExpectedFile, signal: AbortSignal): Promise<Confirmation> {
    const found = await digestOf(id, signal);
    if (found === undefined) return { state: 'missing' };
    return found.sha256 === sha256
      ? { state: 'same', by: 'sha256' }
      : { state: 'different', by: 'sha256', found: found.sha256 };
  }

  async *read({ id }: RemoteFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    await using file = await openOwnFile(id);
    for (;;) {
      signal.throwIfAborted();
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const { bytesRead } = await file.read(piece, 0, piece.length, null);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  }

  async remove({ id }: RemoteFile): Promise<void> {
    await onItsDisk('remove', id, () => removeOwnFile(id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is open between calls.
  }

  /** Half a file would take the last room of a full disk, until its session ends: it is removed. */
  async #leavingRoom<T>(aside: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isChatferryError(error, 'STORE_REFUSED') && isFull(error.cause)) await this.abort({ aside });
      throw error;
    }
  }

  /** A session is a file, and may be damaged or another's: it leads to no place but that of its own file. */
  #isOwn({ aside, path }: RemoteUpload, { name }: OutgoingFile): boolean {
    return (
      path === this.#pathOf(name) && aside !== undefined && dirname(aside) === dirname(path) && this.#isAside(aside)
    );
  }

  #isAside(path: string): boolean {
    return path === resolve(path) && ASIDE_NAME.test(basename(path)) && isInsideFolder(dirname(path), this.#root);
  }

  #pathOf(name: string): string {
    return join(this.#root, ...name.split('/'));
  }
}

/** Of the file's own name, not of its folder's. */
function asideName(name: string, sha256: string): string {
  return createHash('sha256').update(`${name}\0${sha256}`).digest('hex').slice(0, 20);
}

/** @throws {ChatferryError} `STORE_REFUSED`; what reading the part throws, as it is. */
async function writePart(path: string, part: OutgoingPart): Promise<void> {
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

/** @throws {ChatferryError} `STORE_REFUSED` where the disk cannot have room for the file. Some shares do not say. */
async function requireRoom(folder: string, { name, sizeBytes }: OutgoingFile): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(folder);
  if (blocks === 0 || bavail * bsize >= sizeBytes) return;
  const message = `${name} has ${sizeBytes} bytes, and the disk with ${folder} has room for ${bavail * bsize}: the disk is full. Make room there, or choose another one.`;
  throw new ChatferryError('STORE_REFUSED', message);
}

async function digestOf(path: string, signal: AbortSignal): Promise<{ readonly sha256: string } | undefined> {
  return onItsDisk('read', path, async () => {
    try {
      return await digestAt(path, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw error;
    }
  });
}

async function digestAt(path: string, signal: AbortSignal): Promise<{ readonly sha256: string }> {
  const hash = createHash('sha256');
  await using file = await openOwnFile(path);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(piece, 0, piece.length, null);
    if (bytesRead === 0) return { sha256: hash.digest('hex') };
    hash.update(piece.subarray(0, bytesRead));
  }
}

function required(text: string | undefined): string {
  if (text !== undefined) return text;
  throw new ChatferryError('INTERNAL', 'An upload session does not say where its file is.');
}
