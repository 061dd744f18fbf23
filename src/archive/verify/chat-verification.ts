import { join } from 'node:path';

import { inBatches } from '../../concurrency/in-batches.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { Archive } from '../archive.js';
import type { ArchiveFile, LostFile } from '../files/archive-file.js';
import type { MissingMedia, StoredChat } from '../records.js';
import { locateFolder } from './chat-folders.js';
import { sizesOrErrors } from './file-sizes.js';
import type { Finding, FindingKind } from './finding.js';
import type { FileDigest, HashThreads } from './hash-threads.js';
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

/** Files checked together. */
const PAGE_SIZE = 1000;
/** Files per job of a thread, so that the overhead of a job is negligible. */
const JOB_FILES = 64;
const JOB_BYTES = 16 * 1024 * 1024;

interface Damage {
  readonly kind: FindingKind;
  readonly reason: string;
  /** Whether the next export can fetch it again. */
  readonly isLost: boolean;
}

interface DamagedFile {
  readonly file: ArchiveFile;
  readonly damage: Damage;
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
    const missing = archive.storedFiles.missing(stored);
    yield* this.#checkFiles();
    yield* this.#checkOwed(owed, missing);
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
    missing: readonly ArchiveFile[],
  ): AsyncGenerator<Finding, void, void> {
    const { archive, stored, marks } = this.#options;
    const returned = new Set<string>();
    for (const file of missing) {
      if (!(await this.#isThereAgain(file))) continue;
      returned.add(placeOf(file));
      if (marks) archive.missingFiles.takeBack(file);
    }
    for (const { messageId, position, reason } of owed) {
      if (returned.has(placeOf({ messageId, position }))) continue;
      const text = `${reason} The next export of the chat fetches it again.`;
      yield { kind: 'owed', chatId: stored.chat.id, messageId, text };
    }
  }

  async #isThereAgain(file: ArchiveFile): Promise<boolean> {
    const { threads, signal } = this.#options;
    const [size] = await sizesOrErrors(this.#chatFolder, [file.pathInChat], signal);
    if (size !== file.sizeBytes || threads === undefined) return false;
    const [digest] = await threads.digests([this.#absolute(file)]);
    signal.throwIfAborted();
    return digest?.error === undefined && digest?.sha256 === file.sha256;
  }

  async *#checkFiles(): AsyncGenerator<Finding, void, void> {
    const { archive, stored, marks, isWrittenTo, onMarked } = this.#options;
    for (const page of inBatches(archive.files({ chatId: stored.chat.id }), PAGE_SIZE)) {
      for (const { pathInChat } of page) this.#named.add(pathInChat.normalize('NFC'));
      const lost: LostFile[] = [];
      for (const { file, damage } of await this.#damaged(page.filter(({ isMissing }) => !isMissing))) {
        // A writer may have replaced the message meanwhile.
        if (isWrittenTo && !archive.storedFiles.isStill(file)) continue;
        if (damage.isLost) lost.push({ file, reason: damage.reason });
        yield this.#findingOf(file, damage);
      }
      // The next export fetches media only: it makes derivatives itself, and versions are gone at their source.
      if (marks) onMarked(archive.markMissing(lost).filter(({ file }) => file.referrers.includes('media')).length);
    }
  }

  #findingOf({ chatId, messageId, pathInChat, madeFrom }: ArchiveFile, { kind, reason }: Damage): Finding {
    const path = `${this.#folder}/${pathInChat}`;
    if (madeFrom !== undefined) return { kind: 'derivative', chatId, path, text: reason };
    return { kind, chatId, ...(messageId !== undefined && { messageId }), path, text: reason };
  }

  async #damaged(files: readonly ArchiveFile[]): Promise<readonly DamagedFile[]> {
    const { threads, onChecked, signal } = this.#options;
    const sizes = await sizesOrErrors(
      this.#chatFolder,
      files.map(({ pathInChat }) => pathInChat),
      signal,
    );
    const damages = files.map((file, index) => damageOfSize(file, sizes[index]));
    // The archive has no hash of derivatives.
    const whole = files.flatMap((file, index) =>
      threads === undefined || damages[index] !== undefined || file.sha256 === undefined ? [] : [{ file, index }],
    );
    onChecked(files.length - whole.length, 0);
    await Promise.all(
      jobsOf(whole).map(async (job) => {
        const digests = await threads?.digests(job.map(({ file }) => this.#absolute(file)));
        for (const [at, { file, index }] of job.entries()) {
          damages[index] = damageOfContent(file, digests?.[at]);
          onChecked(1, file.sizeBytes ?? 0);
        }
      }),
    );
    signal.throwIfAborted();
    return files.flatMap((file, index) => {
      const damage = damages[index];
      return damage === undefined ? [] : [{ file, damage }];
    });
  }

  async *#strays(): AsyncGenerator<Finding, void, void> {
    const { archive, stored, signal } = this.#options;
    const chatId = stored.chat.id;
    // A killed run may have left them. The next run writes their rows or removes them.
    const waiting = [...archive.parts.placedPaths(stored.folder), ...archive.replacements.leftovers(chatId)];
    for (const path of waiting) this.#named.add(path.normalize('NFC'));
    for await (const path of strayFiles(this.#chatFolder, this.#named, signal)) {
      yield { kind: 'stray', chatId, path: `${this.#folder}/${path}`, text: 'No row names it.' };
    }
  }

  get #chatFolder(): string {
    return join(this.#options.archive.directory, this.#folder);
  }

  #absolute({ pathInChat }: ArchiveFile): string {
    return join(this.#chatFolder, pathInChat);
  }
}

function placeOf({ messageId, position }: Pick<ArchiveFile, 'messageId' | 'position'>): string {
  return `${messageId ?? ''}:${position ?? ''}`;
}

function damageOfSize(
  { pathInChat: path, sizeBytes = 0 }: ArchiveFile,
  size: number | ChatferryError | undefined,
): Damage | undefined {
  if (size === sizeBytes) return undefined;
  if (size === undefined) return { kind: 'missing', reason: `${path} is not on the disk any more.`, isLost: true };
  if (size instanceof ChatferryError) return { kind: 'unreadable', reason: size.message, isLost: false };
  return { kind: 'size', reason: `${path} has ${size} bytes on the disk, not ${sizeBytes}.`, isLost: true };
}

function damageOfContent(
  { pathInChat: path, sha256 }: ArchiveFile,
  digest: FileDigest | undefined,
): Damage | undefined {
  if (digest === undefined) return undefined;
  if (digest.error !== undefined) {
    const reason = `${path} cannot be read: ${digest.error.message}.`;
    // On a disk error the bytes are lost; a missing permission can be granted.
    return { kind: 'unreadable', reason, isLost: digest.error.code === 'EIO' };
  }
  if (digest.sha256 === sha256) return undefined;
  return { kind: 'content', reason: `${path} has other bytes than it had: its SHA-256 differs.`, isLost: true };
}

function jobsOf<T extends { readonly file: ArchiveFile }>(files: readonly T[]): readonly (readonly T[])[] {
  const jobs: T[][] = [];
  let bytes = Infinity;
  for (const one of files) {
    const job = jobs.at(-1);
    const sizeBytes = one.file.sizeBytes ?? 0;
    if (job === undefined || bytes + sizeBytes > JOB_BYTES || job.length >= JOB_FILES) {
      jobs.push([one]);
      bytes = sizeBytes;
    } else {
      job.push(one);
      bytes += sizeBytes;
    }
  }
  return jobs;
}
