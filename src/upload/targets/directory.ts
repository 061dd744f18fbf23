import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import { isInsideFolder } from '../../config/trust/inside-folder.js';
import { replaceFile, syncDirectory, makeFolderDurably } from '../../disk/durable-file.js';
import { type Entry, entryAt, foreignEntryError, isSameEntry, isUnchanged } from '../../disk/entry.js';
import { isSystemError } from '../../disk/file-error.js';
import { removeOwnFile } from '../../disk/own-file.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import type { RememberedFiles } from '../session/remembered-files.js';
import type {
  Confirmation,
  ExpectedFile,
  HeldParts,
  OutgoingFile,
  PartReceipt,
  PartToSend,
  RecordedFile,
  RemoteFile,
  RemoteUpload,
  SentParts,
  TargetAbilities,
  TargetLimits,
  UnfinishedUpload,
  UploadTarget,
} from '../upload-target.js';
import {
  type AsideState,
  isAsideName,
  keepModifiedTime,
  makeAside,
  newAside,
  piecesOf,
  requireOtherFile,
  requireRoom,
  sha256At,
  timeOfDisk,
  writePart,
} from './directory-aside.js';
import { isFull, onItsDisk } from './directory-refusal.js';
import { filesAside } from './directory-unfinished.js';

/** A complete file at its temporary name, and its final name. Both paths are absolute. */
interface Placing {
  readonly from: string;
  readonly to: string;
  readonly file: OutgoingFile;
}

/** How many of the first and of the last recorded files are looked for. */
const FILES_LOOKED_FOR = 10;

/**
 * A folder of this machine, such as a mounted share. Files are written to a temporary name, synced, compared and renamed.
 */
export class DirectoryTarget implements UploadTarget {
  readonly id: string;
  readonly limits: TargetLimits = {
    minPartBytes: 1,
    maxPartBytes: Infinity,
    partGranularityBytes: 1,
    maxPartCount: Infinity,
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
  /** States of temporary files. Senders of one file wait for the one that creates it. */
  readonly #asides = new Map<string, Promise<AsideState>>();
  /** The entry at the final name when this run began or resumed the file, by the temporary path. */
  readonly #before = new Map<string, Entry | undefined>();
  /**
   * Files that this run has renamed into place after reading them back, by name. Each is compared once more right
   * afterwards.
   */
  readonly #placed = new Map<string, { readonly entry: Entry | undefined; readonly sha256: string }>();

  #remembered: RememberedFiles | undefined;
  /** The start of this run by the clock of the disk. */
  #begunNs: bigint | undefined;
  /** Files that it has renamed into place: see `fileOf`. */
  readonly #own = new Set<string>();

  /** @param root - Created if it does not exist. */
  constructor(root: string) {
    this.#root = resolve(root);
    this.id = `dir:${this.#root}`;
  }

  useRemembered(files: RememberedFiles): void {
    this.#remembered = files;
  }

  async check(): Promise<void> {
    await onItsDisk('create the folder', this.#root, () => makeFolderDurably(this.#root));
    this.#begunNs ??= await timeOfDisk(this.#root);
  }

  /**
   * @throws {ChatferryError} `UNREACHABLE` if it does not exist: every file of a share that is not mounted would seem
   *   lost.
   */
  async look(): Promise<void> {
    const isThere = await onItsDisk('look at', this.#root, async () => {
      try {
        return (await stat(this.#root)).isDirectory();
      } catch (error) {
        if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false;
        throw error;
      }
    });
    if (!isThere) {
      const message = `There is no folder ${this.#root}, so its files were not checked. If it is on a disk or share, mount that, then run the same command again.`;
      throw new ChatferryError('UNREACHABLE', message);
    }
    await this.#requireRemembered();
  }

  /** The mount point of a share that is not mounted is an empty folder. */
  async #requireRemembered(): Promise<void> {
    const all = this.#remembered?.list() ?? [];
    const some = [...all.slice(0, FILES_LOOKED_FOR), ...all.slice(-FILES_LOOKED_FOR)];
    for (const { id } of some) if ((await onItsDisk('look at', id, () => entryAt(id))) !== undefined) return;
    if (some.length === 0) return;
    const message = `None of ${new Set(some.map(({ id }) => id)).size} earlier files at ${this.#root} is there, so none was checked. If it is on a disk or share, mount that, then run the same command again. If they were removed, chatferry upload with --check far-end sends them again.`;
    throw new ChatferryError('UNREACHABLE', message);
  }

  /**
   * Creates no file yet. The session has to be on disk before the file exists, so that the file is found after a kill.
   */
  async begin(file: OutgoingFile): Promise<RemoteUpload> {
    const path = this.#pathOf(file.name);
    const folder = dirname(path);
    const aside = newAside(path);
    await onItsDisk('write', path, async () => {
      await makeFolderDurably(folder);
      const there = await entryAt(path);
      this.#before.set(aside, there);
      if (there !== undefined && there.kind !== 'file') throw foreignEntryError(path, there, 'a file');
      await requireOtherFile(path, file);
      if (!(await mayShareBlocks(file, folder))) await requireRoom(folder, file);
    });
    return { aside, path };
  }

  /** A session may refer only to the place of its own file. */
  owns({ aside, path }: RemoteUpload, { name }: Pick<RecordedFile, 'name'>): boolean {
    return (
      path === this.#pathOf(name) && aside !== undefined && dirname(aside) === dirname(path) && this.#isAside(aside)
    );
  }

  holds({ id }: RemoteFile, name: string): boolean {
    return id === this.#pathOf(name);
  }

  async held(upload: RemoteUpload, { file, receipts }: SentParts, signal: AbortSignal): Promise<HeldParts> {
    const aside = required(upload['aside']);
    const path = required(upload['path']);
    this.#asides.delete(aside);
    const found = await onItsDisk('look at', aside, async () => {
      this.#before.set(aside, await entryAt(path));
      return entryAt(aside);
    });
    if (found?.kind === 'file') return { kind: 'untold' };
    // The last run may have ended right after the rename. A file with the same bytes is accepted.
    if ((await sha256At(path, signal)) === file.sha256) {
      this.#asides.set(aside, Promise.resolve('whole'));
      return { kind: 'untold' };
    }
    return receipts.length === 0 ? { kind: 'untold' } : { kind: 'gone' };
  }

  async sendPart(upload: RemoteUpload, { part, file }: PartToSend): Promise<PartReceipt> {
    const aside = required(upload['aside']);
    await this.#leavingRoom(aside, async () => {
      // A clone is compared at the end, like every file.
      if ((await this.#ready(aside, file)) === 'parts') await writePart(aside, part);
    });
    return { index: part.index, tag: '' };
  }

  async complete({ aside, path }: RemoteUpload, { file }: SentParts, signal: AbortSignal): Promise<RemoteFile> {
    const from = required(aside);
    const to = required(path);
    const found = await sha256At(from, signal);
    if (found === undefined && (await sha256At(to, signal)) === file.sha256) {
      this.#asides.delete(from);
      return { address: to, id: to };
    }
    if (found !== file.sha256) {
      await this.abort({ aside: from });
      throw new ChatferryError(
        'CONTENT_MISMATCH',
        `${to} came out different. Run the same command again: it starts over.`,
      );
    }
    const putInPlace = async (): Promise<void> => {
      await requireOtherFile(to, file);
      await keepModifiedTime(from, file);
      const entry = await entryAt(from);
      await this.#requireUntouched({ from, to, file }, signal);
      await replaceFile(from, to);
      this.#placed.set(to, { entry, sha256: file.sha256 });
      if (entry !== undefined) this.#own.add(fileOf(entry));
      await syncDirectory(dirname(to));
    };
    await this.#leavingRoom(from, () => onItsDisk('put in place', to, putInPlace));
    this.#asides.delete(from);
    this.#before.delete(from);
    return { address: to, id: to };
  }

  /**
   * Accepts a name that still has the file that it had when this run began, or no file, or one with the same bytes. A
   * file that another run put there meanwhile was reported as uploaded and must not be replaced.
   *
   * @throws {ChatferryError} `STORE_REFUSED`; the temporary file is removed then.
   */
  async #requireUntouched({ from, to, file }: Placing, signal: AbortSignal): Promise<void> {
    const there = await entryAt(to);
    if (there === undefined || this.#own.has(fileOf(there))) return;
    const isAsBefore = !this.#before.has(from) || isUnchanged(this.#before.get(from), there);
    const isOlder = this.#begunNs === undefined || there.changedNs <= this.#begunNs;
    if (isAsBefore && isOlder) return;
    if ((await sha256At(to, signal)) === file.sha256) return;
    await this.abort({ aside: from });
    throw takenMeanwhile(`${to} was put there by another since this upload began. That one stays`);
  }

  async abort({ aside }: RemoteUpload): Promise<void> {
    const path = required(aside);
    if (!this.#isAside(path)) return;
    await onItsDisk('remove', path, () => removeOwnFile(path));
    this.#asides.delete(path);
    this.#before.delete(path);
  }

  /**
   * A file of this run was read back before the rename. Its identity is checked without reading it again, so that a run that is
   * asked to stop can still report it.
   */
  async confirm({ id }: RemoteFile, { sha256 }: ExpectedFile, signal: AbortSignal): Promise<Confirmation> {
    const placed = this.#placed.get(id);
    this.#placed.delete(id);
    const there = placed === undefined ? undefined : await onItsDisk('look at', id, () => entryAt(id));
    if (placed?.sha256 === sha256 && there !== undefined && isUnchanged(placed.entry, there)) {
      return { state: 'same', by: 'sha256' };
    }
    const found = await sha256At(id, signal);
    if (found === undefined) return { state: 'missing' };
    if (found === sha256) return { state: 'same', by: 'sha256' };
    if (!isSameFile(there, placed?.entry))
      throw takenMeanwhile(`${id} was replaced by another right after it was put there`);
    return { state: 'different', by: 'sha256', found };
  }

  read({ id }: RemoteFile, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    return piecesOf(id, signal);
  }

  async *unfinished(signal: AbortSignal): AsyncGenerator<UnfinishedUpload> {
    await this.look(); // On a share that is not mounted there would seem to be no unfinished uploads.
    yield* filesAside(this.#root, signal);
  }

  async remove({ id }: RemoteFile): Promise<void> {
    await onItsDisk('remove', id, () => removeOwnFile(id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // No file is open between calls.
  }

  #ready(aside: string, file: OutgoingFile): Promise<AsideState> {
    const known = this.#asides.get(aside);
    if (known !== undefined) return known;
    const making = onItsDisk('write', aside, () => makeAside(aside, file)).catch((error: unknown) => {
      this.#asides.delete(aside);
      throw error;
    });
    this.#asides.set(aside, making);
    return making;
  }

  /**
   * An unfinished file would keep a full disk full until its session ends, so it is removed. Its record stays, so that no other
   * sender creates it again without the parts that were in it.
   */
  async #leavingRoom<T>(aside: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isChatferryError(error, 'STORE_REFUSED') && isFull(error.cause)) {
        await onItsDisk('remove', aside, () => removeOwnFile(aside));
      }
      throw error;
    }
  }

  #isAside(path: string): boolean {
    return path === resolve(path) && isAsideName(path) && isInsideFolder(dirname(path), this.#root);
  }

  #pathOf(name: string): string {
    return join(this.#root, ...name.split('/'));
  }
}

/** The message does not suggest running the same command again, because that would replace the other file. */
function takenMeanwhile(what: string): ChatferryError {
  const message = `${what}, and this file is not there. Two uploads with other bytes under one name want two folders at the target, or two names (--name).`;
  return new ChatferryError('STORE_REFUSED', message);
}

/** Identifies a file, whatever its name. */
function fileOf({ device, inode }: Entry): string {
  return `${device}:${inode}`;
}

function isSameFile(one: Entry | undefined, other: Entry | undefined): boolean {
  return one === undefined || other === undefined ? one === other : isSameEntry(one, other);
}

function required(text: string | undefined): string {
  if (text !== undefined) return text;
  throw new ChatferryError('INTERNAL', 'An upload session does not say where its file is.');
}

/** Whether the file may be cloned without extra space: both are on the same file system, and it supports clones. */
async function mayShareBlocks({ path }: OutgoingFile, folder: string): Promise<boolean> {
  return path !== undefined && (await stat(path)).dev === (await stat(folder)).dev;
}
