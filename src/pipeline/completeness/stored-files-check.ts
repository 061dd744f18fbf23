import type { Archive } from '../../archive/archive.js';
import type { MediaPosition } from '../../archive/description.js';
import type { MediaFiles } from '../../archive/files/media-files.js';
import type { LostFile, StoredFileRow } from '../../archive/verify/stored-file-table.js';
import type { Chat } from '../../chat/chat.js';
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
const BEFORE_ALL: MediaPosition = { messageId: Number.MIN_SAFE_INTEGER, position: 0 };

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
    await this.#checkMedia();
    await this.#checkDerivatives();
  }

  async #checkMedia(): Promise<void> {
    const { archive, chatId, files } = this.#options;
    for (let after = BEFORE_ALL; ;) {
      const page = archive.storedFiles.page(chatId, after, PAGE_SIZE);
      const last = page.at(-1);
      if (last === undefined) return;
      after = last;
      this.#checkedCount += page.length;
      const sizes = await files.sizesOf(
        page.map(({ path }) => path),
        this.#signal,
      );
      const lost: LostFile[] = [];
      for (const [index, row] of page.entries()) {
        const size = sizes[index];
        if (size === row.sizeBytes) continue;
        if (await this.#restore(row)) this.#restoredCount += 1;
        else lost.push({ ...row, reason: reasonOf(row, size) });
      }
      if (lost.length > 0) this.#noteLost(archive.storedFiles.markLost(chatId, lost));
    }
  }

  #noteLost(lost: readonly LostFile[]): void {
    this.#lostCount += lost.length;
    for (const { messageId } of lost) this.#lostMessageIds.add(messageId);
  }

  /** @returns whether the file was restored. */
  async #restore({ messageId, position, path, sizeBytes, sha256 }: StoredFileRow): Promise<boolean> {
    const { archive, chatId, files, deduplicates } = this.#options;
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

  async #checkDerivatives(): Promise<void> {
    const { archive, chatId, files } = this.#options;
    for (let after = { sha256: '', kind: '' }; ;) {
      const page = archive.storedFiles.derivatives(chatId, after, PAGE_SIZE);
      const last = page.at(-1);
      if (last === undefined) return;
      after = last;
      const sizes = await files.sizesOf(
        page.map(({ path }) => path),
        this.#signal,
      );
      const lost = page.filter(({ sizeBytes }, index) => sizes[index] !== sizeBytes);
      this.#lostDerivativeCount += lost.length;
      if (lost.length > 0) archive.storedFiles.forgetDerivatives(chatId, lost);
    }
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
  for (const row of archive.storedFiles.lost(chatId)) {
    const [size] = await files.sizesOf([row.path], signal);
    if (size !== row.sizeBytes) continue;
    const digest = await files.digestOf(row.path, signal);
    if (digest?.sha256 === row.sha256) archive.storedFiles.takeBack(chatId, row);
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

function reasonOf({ path, sizeBytes }: StoredFileRow, size: number | undefined): string {
  return size === undefined
    ? `${path} is not on the disk any more.`
    : `${path} has ${size} bytes on the disk, not ${sizeBytes}.`;
}
