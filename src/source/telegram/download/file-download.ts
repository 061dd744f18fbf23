import { crc32 } from 'node:zlib';

import { entryAtSync } from '../../../disk/entry.js';
import { withFileErrors } from '../../../disk/file-error.js';
import { removeOwnFile } from '../../../disk/own-file.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import { makesPartialFileUseless } from '../../../errors/error-meaning.js';
import type { DownloadJournal, DownloadOptions, DownloadedFile } from '../../message-source.js';
import type { DownloadControl } from './download-control.js';
import { LinkedAbort } from '../wire/linked-abort.js';
import { PartFetch } from './part-fetch.js';
import { type Part, partAt, PART_BYTES, partBytesOf, partsOf } from './part-plan.js';
import { SMALL_FILE_BYTES } from './part-scheduler.js';
import { PartialFile } from './partial-file.js';
import type { RemoteFile } from './remote-file.js';

export interface DownloadToFileOptions extends DownloadOptions {
  /** As announced. Undefined: nobody knows; the file ends with the first part that is not full. */
  readonly sizeBytes: number | undefined;
  /** Shared by all files that are open. */
  readonly control: DownloadControl;
  /** Called when the last byte is there: what follows is between this machine and its disk. */
  readonly onFetched?: () => void;
}

/**
 * Fetches a file part by part to `path`: every part proved, the whole hashed on the way and synced. Parts that the
 * journal knows and the disk has are not fetched again. Where the announced size turns out to be wrong, the file is read
 * to the end that the server vouches for; see {@link PartFetch} for when it is believed.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when the bytes contradict the server's own account of the file; `TOO_LARGE`;
 *   `FILE_SYSTEM`; and as {@link RemoteFile.part} does. The signal's reason when it aborts. Bytes that are there stay for
 *   the next run if there is a journal, but for those two.
 */
export async function downloadToFile(remote: RemoteFile, options: DownloadToFileOptions): Promise<DownloadedFile> {
  const { path, sizeBytes, signal } = options;
  signal.throwIfAborted();
  // A file of one part has nothing to resume, unless an earlier run found it to be longer.
  const isResumable = sizeBytes === undefined || sizeBytes > PART_BYTES || entryAtSync(path) !== undefined;
  const journal = isResumable ? options.journal : undefined;
  let download: FileDownload | undefined;
  try {
    await using file = await (journal === undefined ? PartialFile.create(path) : PartialFile.resume(path));
    download = new FileDownload(remote, file, options);
    if (journal !== undefined) await download.takeUp(journal);
    await download.fetch();
    options.onFetched?.();
    const whole = await file.finish();
    return sizeBytes === undefined || sizeBytes === whole.sizeBytes ? whole : { ...whole, isWholeAtOtherSize: true };
  } catch (error) {
    const isUseless = makesPartialFileUseless(error);
    if (isUseless || download?.isWorthKeeping !== true) {
      await withFileErrors('remove', path, () => removeOwnFile(path));
      options.journal?.clear();
    }
    throw error;
  }
}

class FileDownload {
  readonly #remote: RemoteFile;
  readonly #file: PartialFile;
  readonly #options: DownloadToFileOptions;
  readonly #parts: PartFetch;
  readonly #fullBytes: number;
  /** Sizes of the parts that are on disk, by offset. */
  readonly #there = new Map<number, number>();
  #journal: DownloadJournal | undefined;
  /** The part that showed the announced size to be wrong. */
  #odd: (Part & { readonly bytes: Buffer }) | undefined;

  constructor(remote: RemoteFile, file: PartialFile, options: DownloadToFileOptions) {
    this.#remote = remote;
    this.#file = file;
    this.#options = options;
    this.#fullBytes = partBytesOf(options.sizeBytes);
    this.#parts = new PartFetch(remote, options);
  }

  /** Whether a later run can go on with what is on disk. */
  get isWorthKeeping(): boolean {
    return this.#journal !== undefined && this.#there.size > 0;
  }

  /** Goes on with the parts of an earlier run, and records those of this one. */
  async takeUp(journal: DownloadJournal): Promise<void> {
    this.#journal = journal;
    const { sizeBytes: announced } = this.#options;
    const partBytes = this.#fullBytes;
    const records = journal.completed({ sizeBytes: announced ?? 0, version: this.#remote.version, partBytes });
    const fitting = records.filter(({ offset, sizeBytes }) => {
      if (offset % partBytes !== 0) return false;
      if (sizeBytes === partBytes) return true;
      return announced !== undefined && offset < announced && sizeBytes === partAt(offset, announced).sizeBytes;
    });
    const right = await this.#file.takeUp(fitting);
    for (const { offset, sizeBytes } of fitting) if (right.has(offset)) this.#there.set(offset, sizeBytes);
  }

  async fetch(): Promise<void> {
    const { sizeBytes } = this.#options;
    if (sizeBytes !== undefined && !this.#reachesBehind(sizeBytes) && (await this.#fetchAll(sizeBytes))) return;
    this.#parts.forgetAnnounced();
    if (this.#journal === undefined && this.#options.journal !== undefined) await this.takeUp(this.#options.journal);
    await this.#fetchToTheEnd();
  }

  #reachesBehind(announcedBytes: number): boolean {
    return [...this.#there].some(([offset, sizeBytes]) => offset + sizeBytes > announcedBytes);
  }

  /**
   * All parts of a file of announced size that are not there yet, as many at once as the scheduler lets.
   *
   * @returns whether the file has that size.
   */
  async #fetchAll(fileSizeBytes: number): Promise<boolean> {
    using stop = new LinkedAbort(this.#options.signal);
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    try {
      for (const part of partsOf(fileSizeBytes)) {
        if (this.#there.has(part.offset)) continue;
        const release = await this.#turn(part, stop.signal);
        const fetching = this.#fetchAnnounced(part, stop)
          .catch((error: unknown) => {
            failures.push(error);
            stop.abort(); // One part that cannot be had makes the others useless.
          })
          .finally(() => {
            release();
            running.delete(fetching);
          });
        running.add(fetching);
        if (running.size >= this.#options.control.partsPerFile) await Promise.race(running);
      }
      await Promise.all(running);
    } catch (error) {
      failures.push(error);
    } finally {
      stop.abort();
      await Promise.all(running);
    }
    this.#options.signal.throwIfAborted();
    if (this.#odd !== undefined) return false; // What else failed was given up for it, or is met again.
    if (failures.length > 0) throw failures[0];
    const isFullToTheEnd = fileSizeBytes > 0 && fileSizeBytes % this.#fullBytes === 0;
    return !isFullToTheEnd || (await this.#parts.endsAt(fileSizeBytes, this.#options.signal));
  }

  async #fetchAnnounced(part: Part, stop: LinkedAbort): Promise<void> {
    const { bytes, isAsExpected } = await this.#parts.fetch(part.offset, part.sizeBytes, stop.signal);
    if (isAsExpected) {
      await this.#write(part.offset, bytes);
      return;
    }
    this.#odd ??= { ...part, bytes };
    stop.abort();
  }

  /** One part after the other: behind the end there is nothing to ask. */
  async #fetchToTheEnd(): Promise<void> {
    const { signal, maxSizeBytes = Infinity } = this.#options;
    for (let offset = 0; ; offset += this.#fullBytes) {
      if (this.#there.get(offset) !== this.#fullBytes) {
        const release = await this.#turn({ offset, sizeBytes: this.#fullBytes }, signal);
        try {
          const bytes =
            this.#odd?.offset === offset
              ? this.#odd.bytes
              : (await this.#parts.fetch(offset, this.#fullBytes, signal)).bytes;
          if (offset + bytes.length > maxSizeBytes) throw tooLarge(maxSizeBytes);
          const endsFile = bytes.length < this.#fullBytes;
          if (endsFile) this.#refuseParts(offset);
          await this.#write(offset, bytes);
          if (endsFile) return;
        } finally {
          release();
        }
      }
    }
  }

  /** The file cannot end at a part when the server gave bytes from there on, or behind. */
  #refuseParts(offset: number): void {
    if (![...this.#there.keys()].some((other) => other >= offset)) return;
    const { sizeBytes } = this.#options;
    throw new ChatferryError(
      'CONTENT_MISMATCH',
      `Telegram announced ${sizeBytes ?? 'an unknown number of'} bytes, and ends the file at byte ${offset} but has sent bytes from behind. Run the same command again to retry.`,
      { retryable: true },
    );
  }

  #turn({ offset, sizeBytes }: Part, signal: AbortSignal): Promise<() => void> {
    const { control, priority = 0, sizeBytes: announced = 0 } = this.#options;
    // What was announced small and goes on and on must not stay among the small ones.
    const lane = Math.max(announced, offset) < SMALL_FILE_BYTES ? 'small' : 'large';
    return control.scheduler.take({ priority, lane, sizeBytes, signal });
  }

  async #write(offset: number, bytes: Buffer): Promise<void> {
    const { length } = bytes;
    if (length === 0) return;
    // Where the file ends is for the server to say: only of a part that cannot be the end is it known already.
    const isSure = length === this.#fullBytes || offset + length === this.#options.sizeBytes;
    const record =
      isSure && this.#journal !== undefined ? { offset, sizeBytes: length, crc32: crc32(bytes) } : undefined;
    await this.#file.write(offset, bytes, () => {
      if (record !== undefined) this.#journal?.record(record);
      this.#there.set(offset, length);
    });
    this.#options.onBytes?.(length);
  }
}

function tooLarge(maxSizeBytes: number): ChatferryError {
  return new ChatferryError(
    'TOO_LARGE',
    `It has more than ${maxSizeBytes} bytes, though no such size was announced. Raise MAX_MEDIA_SIZE_MB to have it.`,
  );
}
