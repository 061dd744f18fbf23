import type { Archive } from '../../archive/archive.js';
import type { ArchiveFile, LostFile } from '../../archive/files/archive-file.js';
import type { MediaFiles } from '../../archive/files/media-files.js';
import type { Chat } from '../../chat/chat.js';
import { inBatches } from '../../concurrency/in-batches.js';
import { ChatferryError } from '../../errors/chatferry-error.js';

export interface StoredFilesCheckOptions {
  readonly archive: Archive;
  readonly chatId: Chat['id'];
  readonly files: MediaFiles;
  /** Whether lost bytes may be taken from elsewhere in the archive. */
  readonly deduplicates: boolean;
  readonly signal: AbortSignal;
}

/** State of a chat's files on disk. */
export interface StoredFilesCount {
  /** Stored media that were checked. */
  readonly checkedCount: number;
  /** Media whose bytes were restored from another file of the archive, or from their message. */
  readonly restoredCount: number;
  /** Media whose bytes are lost and have to be fetched again. */
  readonly lostCount: number;
  /** Derivatives that are lost and have to be made again. */
  readonly lostDerivativeCount: number;
}

export interface StoredFilesResult extends StoredFilesCount {
  /** Messages with lost media, ascending. */
  readonly lostMessageIds: readonly number[];
}

/** Rows read at once. An interruption waits for one page at most. */
const PAGE_SIZE = 1000;

/**
 * Checks, during the export, whether every file that the rows of a chat name is on disk with its size. Files that were
 * removed since are restored from elsewhere in the archive, or marked as missing so that they are fetched again.
 * Contents are not read; `verify` does that.
 */
export class StoredFilesCheck implements AsyncDisposable {
  /** Settles when everything is checked; rejects as {@link StoredFilesCheck.result} does. */
  readonly #work: Promise<void>;
  readonly #options: StoredFilesCheckOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #lostMessageIds = new Set<number>();
  #checkedCount = 0;
  #restoredCount = 0;
  #lostCount = 0;
  #lostDerivativeCount = 0;

  /** Starts at once; dispose of it to stop it. */
  constructor(options: StoredFilesCheckOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    this.#work = this.#checkAll();
    this.#work.catch(() => undefined); // `result` reports the error.
  }

  /** Resolves when the check has ended, with or without an error. */
  async settled(): Promise<void> {
    await this.#work.catch(() => undefined);
  }

  /**
   * Waits until everything is checked.
   *
   * @throws {ChatferryError} `FILE_SYSTEM` if the disk cannot be read; the signal's reason when it aborts.
   */
  async result(): Promise<StoredFilesResult> {
    await this.#work;
    return {
      checkedCount: this.#checkedCount,
      restoredCount: this.#restoredCount,
      lostCount: this.#lostCount,
      lostDerivativeCount: this.#lostDerivativeCount,
      lostMessageIds: [...this.#lostMessageIds],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new ChatferryError('INTERRUPTED', 'The export has ended.'));
    await this.settled();
  }

  async #checkAll(): Promise<void> {
    const { archive, chatId, files } = this.#options;
    // What only a version refers to is not fetched again: its source may not have it any more.
    const named = archive.files({ chatId, referrers: ['media', 'derivative'] });
    for (const page of inBatches(named, PAGE_SIZE)) {
      const present = page.filter(({ isMissing }) => !isMissing);
      const sizes = await files.sizesOf(
        present.map(({ pathInChat }) => pathInChat),
        this.#signal,
      );
      const lost: LostFile[] = [];
      for (const [index, file] of present.entries()) {
        if (file.madeFrom === undefined) this.#checkedCount += 1;
        const size = sizes[index];
        if (size === file.sizeBytes) continue;
        if (await this.#restore(file)) this.#restoredCount += 1;
        else lost.push({ file, reason: reasonOf(file, size) });
      }
      this.#noteLost(archive.markMissing(lost));
    }
  }

  #noteLost(lost: readonly LostFile[]): void {
    for (const { file } of lost) {
      if (file.madeFrom !== undefined) this.#lostDerivativeCount += 1;
      else this.#lostCount += 1;
      if (file.messageId !== undefined) this.#lostMessageIds.add(file.messageId);
    }
  }

  /** @returns whether the file was restored. */
  async #restore({ messageId, position, pathInChat: path, sizeBytes, sha256 }: ArchiveFile): Promise<boolean> {
    const { archive, chatId, files, deduplicates } = this.#options;
    if (messageId === undefined || position === undefined || sizeBytes === undefined || sha256 === undefined)
      return false;
    const record = archive.message(chatId, messageId)?.media[position];
    if (record?.media.inlineContent !== undefined) {
      await files.rewrite(record.media.inlineContent, path);
      const [size] = await files.sizesOf([path], this.#signal);
      return size === sizeBytes;
    }
    if (!deduplicates) return false;
    for (const twin of archive.filesOfContent(sha256, sizeBytes)) {
      if (await files.restore(twin, path, this.#signal)) return true;
    }
    return false;
  }
}

/**
 * Marks files of a chat as stored again that were marked as missing and are back on disk with the same bytes.
 *
 * @throws {ChatferryError} `FILE_SYSTEM`; the signal's reason when it aborts.
 */
export async function recoverReturnedFiles({
  archive,
  chatId,
  files,
  signal,
}: Omit<StoredFilesCheckOptions, 'deduplicates'>): Promise<void> {
  const chat = archive.chat(chatId);
  for (const file of chat === undefined ? [] : archive.storedFiles.missing(chat)) {
    const [size] = await files.sizesOf([file.pathInChat], signal);
    if (size !== file.sizeBytes) continue;
    const digest = await files.digestOf(file.pathInChat, signal);
    if (digest?.sha256 === file.sha256) archive.missingFiles.takeBack(file);
  }
}

/** The note about files that were deleted or truncated. Undefined if all are complete. */
export function lostFilesText({ restoredCount, lostCount, lostDerivativeCount }: StoredFilesCount): string | undefined {
  const parts = [
    ...(restoredCount > 0 ? [`${restoredCount} restored from copies in the archive`] : []),
    ...(lostCount > 0 ? [`${lostCount} to be fetched again`] : []),
    ...(lostDerivativeCount > 0 ? [`${lostDerivativeCount} thumbnails or other derivatives to be made again`] : []),
  ];
  return parts.length === 0
    ? undefined
    : `files of the archive were deleted or truncated since the last run: ${parts.join(', ')}.`;
}

function reasonOf({ pathInChat: path, sizeBytes = 0 }: ArchiveFile, size: number | undefined): string {
  return size === undefined
    ? `${path} is not on the disk any more.`
    : `${path} has ${size} bytes on the disk, not ${sizeBytes}.`;
}
