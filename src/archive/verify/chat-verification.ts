import { join } from 'node:path';

import { ChatferryError } from '../../errors/chatferry-error.js';
import type { Archive } from '../archive.js';
import type { MediaPosition } from '../description.js';
import type { MissingMedia, StoredChat } from '../records.js';
import { locateFolder } from './chat-folders.js';
import { sizesOrErrors } from './file-sizes.js';
import type { Finding, FindingKind } from './finding.js';
import type { FileDigest, HashThreads } from './hash-threads.js';
import type { DerivativeRow, LostFile, StoredFileRow } from './stored-file-table.js';
import { strayFiles } from './stray-files.js';

export interface ChatVerificationOptions {
  readonly archive: Archive;
  readonly stored: StoredChat;
  /** Undefined: contents are not read. */
  readonly threads: HashThreads | undefined;
  /** Whether damaged files are marked as missing. */
  readonly marks: boolean;
  /** Whether another process may write at the same time. Then files may exist before their rows. */
  readonly isWrittenTo: boolean;
  /** Called with the number of checked files, and of bytes if contents were read. */
  readonly onChecked: (fileCount: number, bytes: number) => void;
  /** Called with the number of media that were marked as missing. */
  readonly onMarked: (count: number) => void;
  readonly signal: AbortSignal;
}

/** Rows read at once. */
const PAGE_SIZE = 1000;
/** Files per job of a thread, so that the overhead of a job is negligible. */
const JOB_FILES = 64;
const JOB_BYTES = 16 * 1024 * 1024;
const BEFORE_ALL: MediaPosition = { messageId: Number.MIN_SAFE_INTEGER, position: 0 };

interface Damage {
  readonly kind: FindingKind;
  readonly reason: string;
  /** Whether the next export can fetch it again. */
  readonly isLost: boolean;
}

/** Compares the rows of one chat with the disk. */
export class ChatVerification {
  readonly #options: ChatVerificationOptions;
  readonly #named = new Set<string>();
  /** Folders that belong or may belong to the chat, relative to the archive. */
  readonly folders: Set<string> = new Set<string>();
  /** The actual folder of the chat, relative to the archive. */
  #folder: string;

  constructor(options: ChatVerificationOptions) {
    this.#options = options;
    this.#folder = options.stored.folder;
    this.folders.add(this.#folder);
  }

  /**
   * The findings in the order of the messages; strays last.
   *
   * @throws {ChatferryError} `ARCHIVE_DAMAGED` if rows cannot be read; `FILE_SYSTEM`; the signal's reason when it
   *   aborts.
   */
  async *findings(): AsyncGenerator<Finding, void, void> {
    yield* this.#checkFolder();
    const { archive, stored } = this.#options;
    const owed = archive.missingMedia(stored.chat.id).filter(({ code }) => code === 'FILE_LOST');
    const lost = archive.storedFiles.lost(stored.chat.id);
    yield* this.#checkMedia();
    yield* this.#checkOwed(owed, lost);
    yield* this.#checkDerivatives();
    if (!this.#options.isWrittenTo) yield* this.#strays();
  }

  async *#checkFolder(): AsyncGenerator<Finding, void, void> {
    const { archive, stored } = this.#options;
    const chatId = stored.chat.id;
    const hasFiles = archive.storedFiles.hasAny(chatId);
    const place = await locateFolder({ directory: archive.directory, stored, chats: () => archive.chats(), hasFiles });
    const finding = (text: string): Finding => ({ kind: 'folder', chatId, path: stored.folder, text });
    if (place.state === 'gone' && hasFiles) yield finding('The folder of the chat is gone.');
    if (place.state === 'renamed') {
      this.#folder = place.folder;
      this.folders.add(place.folder);
      yield finding(`The folder is called "${place.folder}" now. The next export of the chat gives it its name back.`);
    }
    if (place.state === 'unclear') {
      for (const folder of place.folders) this.folders.add(folder);
      const names = place.folders.map((name) => `"${name}"`).join(', ');
      yield finding(`The files are not there, and could be in ${names}. Give the right one its name back.`);
    }
  }

  /**
   * Media that an earlier check marked as missing. If a file exists again, perhaps from a backup, it is marked as
   * stored.
   */
  async *#checkOwed(
    owed: readonly MissingMedia[],
    lost: readonly StoredFileRow[],
  ): AsyncGenerator<Finding, void, void> {
    const { archive, stored, marks } = this.#options;
    const chatId = stored.chat.id;
    const returned = new Set<string>();
    for (const row of lost) {
      this.#named.add(row.path.normalize('NFC')); // Remains of the file are not a stray.
      if (!(await this.#isThereAgain(row))) continue;
      returned.add(placeOf(row));
      if (marks) archive.storedFiles.takeBack(chatId, row);
    }
    for (const { messageId, position, reason } of owed) {
      if (returned.has(placeOf({ messageId, position }))) continue;
      yield { kind: 'owed', chatId, messageId, text: `${reason} The next export of the chat fetches it again.` };
    }
  }

  async #isThereAgain(row: StoredFileRow): Promise<boolean> {
    const { threads, signal } = this.#options;
    const [size] = await sizesOrErrors(this.#chatFolder, [row.path], signal);
    if (size !== row.sizeBytes || threads === undefined) return false;
    const [digest] = await threads.digests([this.#absolute(row)]);
    signal.throwIfAborted();
    return digest?.error === undefined && digest?.sha256 === row.sha256;
  }

  async *#checkMedia(): AsyncGenerator<Finding, void, void> {
    const { archive, stored, marks, onMarked } = this.#options;
    const chatId = stored.chat.id;
    for (let after = BEFORE_ALL; ;) {
      const page = archive.storedFiles.page(chatId, after, PAGE_SIZE);
      const last = page.at(-1);
      if (last === undefined) return;
      after = last;
      for (const { path } of page) this.#named.add(path.normalize('NFC'));
      const lost: LostFile[] = [];
      for (const { row, damage } of await this.#damaged(page)) {
        // A writer may have replaced the message meanwhile.
        if (this.#options.isWrittenTo && !archive.storedFiles.isStill(chatId, row)) continue;
        if (damage.isLost) lost.push({ ...row, reason: damage.reason });
        const { messageId, path } = row;
        yield { kind: damage.kind, chatId, messageId, path: `${this.#folder}/${path}`, text: damage.reason };
      }
      if (marks && lost.length > 0) onMarked(archive.storedFiles.markLost(chatId, lost).length);
    }
  }

  async #damaged(
    page: readonly StoredFileRow[],
  ): Promise<readonly { readonly row: StoredFileRow; readonly damage: Damage }[]> {
    const { threads, onChecked, signal } = this.#options;
    const sizes = await sizesOrErrors(
      this.#chatFolder,
      page.map(({ path }) => path),
      signal,
    );
    const damages = page.map((row, index) => damageOfSize(row, sizes[index]));
    if (threads === undefined) onChecked(page.length, 0);
    else {
      const whole = page.flatMap((row, index) => (damages[index] === undefined ? [{ row, index }] : []));
      onChecked(page.length - whole.length, 0);
      await Promise.all(
        jobsOf(whole).map(async (job) => {
          const digests = await threads.digests(job.map(({ row }) => this.#absolute(row)));
          for (const [at, { row, index }] of job.entries()) {
            damages[index] = damageOfContent(row, digests[at]);
            onChecked(1, row.sizeBytes);
          }
        }),
      );
      signal.throwIfAborted();
    }
    return page.flatMap((row, index) => {
      const damage = damages[index];
      return damage === undefined ? [] : [{ row, damage }];
    });
  }

  async *#checkDerivatives(): AsyncGenerator<Finding, void, void> {
    const { archive, stored, marks, isWrittenTo, onChecked, signal } = this.#options;
    const chatId = stored.chat.id;
    for (let after = { sha256: '', kind: '' }; ;) {
      const page = archive.storedFiles.derivatives(chatId, after, PAGE_SIZE);
      const last = page.at(-1);
      if (last === undefined) return;
      after = last;
      for (const { path } of page) this.#named.add(path.normalize('NFC'));
      const sizes = await sizesOrErrors(
        this.#chatFolder,
        page.map(({ path }) => path),
        signal,
      );
      onChecked(page.length, 0);
      const lost: DerivativeRow[] = [];
      for (const [index, row] of page.entries()) {
        const damage = damageOfSize(row, sizes[index]);
        if (damage === undefined) continue;
        if (isWrittenTo && !archive.storedFiles.isStillMade(chatId, row)) continue;
        lost.push(row);
        yield { kind: 'derivative', chatId, path: `${this.#folder}/${row.path}`, text: damage.reason };
      }
      if (marks && lost.length > 0) archive.storedFiles.forgetDerivatives(chatId, lost);
    }
  }

  async *#strays(): AsyncGenerator<Finding, void, void> {
    const { archive, stored, signal } = this.#options;
    const chatId = stored.chat.id;
    // A killed run may have left them. The next run writes their rows or removes them.
    const waiting = [...archive.parts.placedPaths(stored.folder), ...archive.replacements.leftovers(chatId)];
    const ofVersions = archive.versionPaths(chatId);
    for (const path of [...waiting, ...ofVersions]) this.#named.add(path.normalize('NFC'));
    for await (const path of strayFiles(this.#chatFolder, this.#named, signal)) {
      yield { kind: 'stray', chatId, path: `${this.#folder}/${path}`, text: 'No row names it.' };
    }
  }

  get #chatFolder(): string {
    return join(this.#options.archive.directory, this.#folder);
  }

  #absolute({ path }: { readonly path: string }): string {
    return join(this.#chatFolder, path);
  }
}

function placeOf({ messageId, position }: MediaPosition): string {
  return `${messageId}:${position}`;
}

function damageOfSize(
  { path, sizeBytes }: { readonly path: string; readonly sizeBytes: number },
  size: number | ChatferryError | undefined,
): Damage | undefined {
  if (size === sizeBytes) return undefined;
  if (size === undefined) return { kind: 'missing', reason: `${path} is not on the disk any more.`, isLost: true };
  if (size instanceof ChatferryError) return { kind: 'unreadable', reason: size.message, isLost: false };
  return { kind: 'size', reason: `${path} has ${size} bytes on the disk, not ${sizeBytes}.`, isLost: true };
}

function damageOfContent({ path, sha256 }: StoredFileRow, digest: FileDigest | undefined): Damage | undefined {
  if (digest === undefined) return undefined;
  if (digest.error !== undefined) {
    const reason = `${path} cannot be read: ${digest.error.message}.`;
    // On a disk error the bytes are lost; a missing permission can be granted.
    return { kind: 'unreadable', reason, isLost: digest.error.code === 'EIO' };
  }
  if (digest.sha256 === sha256) return undefined;
  return { kind: 'content', reason: `${path} has other bytes than it had: its SHA-256 differs.`, isLost: true };
}

function jobsOf<T extends { readonly row: StoredFileRow }>(files: readonly T[]): readonly (readonly T[])[] {
  const jobs: T[][] = [];
  let bytes = Infinity;
  for (const file of files) {
    const job = jobs.at(-1);
    if (job === undefined || bytes + file.row.sizeBytes > JOB_BYTES || job.length >= JOB_FILES) {
      jobs.push([file]);
      bytes = file.row.sizeBytes;
    } else {
      job.push(file);
      bytes += file.row.sizeBytes;
    }
  }
  return jobs;
}
