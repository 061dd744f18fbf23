import { crc32 } from 'node:zlib';

import { entryAtSync } from '../../../disk/entry.js';
import { withFileErrors } from '../../../disk/file-error.js';
import { removeOwnFile } from '../../../disk/own-file.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import { makesPartialFileUseless } from '../../../errors/error-meaning.js';
import type { DownloadJournal, DownloadOptions, DownloadedFile } from '../../message-source.js';
import type { DownloadControl } from './download-control.js';
import type { DownloadMeter } from './download-meter.js';
import { LinkedAbort } from '../wire/linked-abort.js';
import { PartFetch } from './part-fetch.js';
import { type Part, partAt, PART_BYTES, partBytesOf, partsOf } from './part-plan.js';
import { SMALL_FILE_BYTES } from './part-scheduler.js';
import { PartialFile } from './partial-file.js';
import type { RemoteFile } from './remote-file.js';

export interface DownloadToFileOptions extends DownloadOptions {
  /** The announced size. If undefined, the file ends with the first part that is not full. */
  readonly sizeBytes: number | undefined;
  /** Shared by all open files. */
  readonly control: DownloadControl;
  /** The meter of the run that downloads the file. */
  readonly meter?: DownloadMeter | undefined;
  /** Called when the last byte has arrived. Only local work remains then, such as syncing to disk. */
  readonly onFetched?: (() => void) | undefined;
}

/**
 * Fetches a file part by part to `path`. Every part is verified; the file is hashed while it is written, and synced.
 * Parts that are recorded in the journal and intact on disk are not fetched again. If the announced size turns out to
 * be wrong, the file is read up to the end that the server confirms; {@link PartFetch} says when that is accepted.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when the bytes contradict the size or the hashes from the server;
 *   `TOO_LARGE`; `FILE_SYSTEM`; and as {@link RemoteFile.part} does. The signal's reason when it aborts. With a
 *   journal, fetched bytes are kept for the next run, except after `CONTENT_MISMATCH` and `TOO_LARGE`.
 */
export async function downloadToFile(remote: RemoteFile, options: DownloadToFileOptions): Promise<DownloadedFile> {
  const { path, sizeBytes, signal } = options;
  signal.throwIfAborted();
  // A file of one part cannot be resumed, unless an earlier run found that it is longer.
  const isResumable = sizeBytes === undefined || sizeBytes > PART_BYTES || entryAtSync(path) !== undefined;
  const journal = isResumable ? options.journal : undefined;
  let download: FileDownload | undefined;
  try {
    await using file = await (journal === undefined ? PartialFile.create(path) : PartialFile.resume(path));
    download = new FileDownload(remote, file, options);
    if (journal !== undefined) await download.resume(journal);
    await download.fetch();
    options.onFetched?.();
    const whole = await file.finish();
    return sizeBytes === undefined || sizeBytes === whole.sizeBytes ? whole : { ...whole, isWholeAtOtherSize: true };
  } catch (error) {
    const isUseless = makesPartialFileUseless(error);
    if (isUseless || download?.isResumable !== true) {
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
  /** Sizes of the parts on disk, by offset. */
  readonly #storedParts = new Map<number, number>();
  #journal: DownloadJournal | undefined;
  /** The part that showed that the announced size is wrong. */
  #unexpectedPart: (Part & { readonly bytes: Buffer }) | undefined;

  constructor(remote: RemoteFile, file: PartialFile, options: DownloadToFileOptions) {
    this.#remote = remote;
    this.#file = file;
    this.#options = options;
    this.#fullBytes = partBytesOf(options.sizeBytes);
    this.#parts = new PartFetch(remote, options);
  }

  /** Whether a later run can resume from the bytes on disk. */
  get isResumable(): boolean {
    return this.#journal !== undefined && this.#storedParts.size > 0;
  }

  /** Resumes from the parts of an earlier run, and records those of this run in `journal`. */
  async resume(journal: DownloadJournal): Promise<void> {
    this.#journal = journal;
    const { sizeBytes: announced } = this.#options;
    const partBytes = this.#fullBytes;
    const records = journal.completed({ sizeBytes: announced ?? 0, version: this.#remote.version, partBytes });
    const usable = records.filter(({ offset, sizeBytes }) => {
      if (offset % partBytes !== 0) return false;
      if (sizeBytes === partBytes) return true;
      return announced !== undefined && offset < announced && sizeBytes === partAt(offset, announced).sizeBytes;
    });
    const intact = await this.#file.resumeParts(usable);
    for (const { offset, sizeBytes } of usable) if (intact.has(offset)) this.#storedParts.set(offset, sizeBytes);
  }

  async fetch(): Promise<void> {
    const { sizeBytes } = this.#options;
    if (sizeBytes !== undefined && !this.#hasPartBeyond(sizeBytes) && (await this.#fetchAll(sizeBytes))) return;
    this.#parts.ignoreAnnouncedSize();
    if (this.#journal === undefined && this.#options.journal !== undefined) await this.resume(this.#options.journal);
    await this.#fetchToTheEnd();
  }

  #hasPartBeyond(announcedBytes: number): boolean {
    return [...this.#storedParts].some(([offset, sizeBytes]) => offset + sizeBytes > announcedBytes);
  }

  /**
   * Fetches all missing parts of a file of announced size, as many at once as the scheduler permits.
   *
   * @returns whether the file has the announced size.
   */
  async #fetchAll(fileSizeBytes: number): Promise<boolean> {
    using stop = new LinkedAbort(this.#options.signal);
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    try {
      for (const part of partsOf(fileSizeBytes)) {
        if (this.#storedParts.has(part.offset)) continue;
        const release = await this.#turn(part, stop.signal);
        const fetching = this.#fetchAnnounced(part, stop)
          .catch((error: unknown) => {
            failures.push(error);
            stop.abort(); // If one part cannot be fetched, the others are useless.
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
    // Other failures were caused by stopping, or will occur again.
    if (this.#unexpectedPart !== undefined) return false;
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
    this.#unexpectedPart ??= { ...part, bytes };
    stop.abort();
  }

  /** Fetches one part after the other, so that nothing is requested beyond the end. */
  async #fetchToTheEnd(): Promise<void> {
    const { signal, maxSizeBytes = Infinity } = this.#options;
    for (let offset = 0; ; offset += this.#fullBytes) {
      if (this.#storedParts.get(offset) !== this.#fullBytes) {
        const release = await this.#turn({ offset, sizeBytes: this.#fullBytes }, signal);
        try {
          const bytes =
            this.#unexpectedPart?.offset === offset
              ? this.#unexpectedPart.bytes
              : (await this.#parts.fetch(offset, this.#fullBytes, signal)).bytes;
          if (offset + bytes.length > maxSizeBytes) throw tooLarge(maxSizeBytes);
          const endsFile = bytes.length < this.#fullBytes;
          if (endsFile) this.#requireNoPartsFrom(offset);
          await this.#write(offset, bytes);
          if (endsFile) return;
        } finally {
          release();
        }
      }
    }
  }

  /**
   * The file cannot end in the part at `offset` if the server has already sent that part or a later one as a full part.
   */
  #requireNoPartsFrom(offset: number): void {
    if (![...this.#storedParts.keys()].some((other) => other >= offset)) return;
    const { sizeBytes } = this.#options;
    throw new ChatferryError(
      'CONTENT_MISMATCH',
      `Telegram announced ${sizeBytes ?? 'an unknown number of'} bytes. Its last answer ends the file in the part at byte ${offset}, but earlier answers had more bytes. Run the same command again to retry.`,
      { retryable: true },
    );
  }

  async #turn({ offset, sizeBytes }: Part, signal: AbortSignal): Promise<() => void> {
    const { control, meter, priority = 0, sizeBytes: announced = 0 } = this.#options;
    // A file that was announced as small but turns out to be large must not stay in the lane of small files.
    const lane = Math.max(announced, offset) < SMALL_FILE_BYTES ? 'small' : 'large';
    const release = await control.scheduler.take({ priority, lane, sizeBytes, signal });
    const end = meter?.began();
    return () => {
      end?.();
      release();
    };
  }

  async #write(offset: number, bytes: Buffer): Promise<void> {
    const { length } = bytes;
    if (length === 0) return;
    // A shorter part is recorded only if it ends at the announced size: where else the file ends is not confirmed yet.
    const isConfirmed = length === this.#fullBytes || offset + length === this.#options.sizeBytes;
    const record =
      isConfirmed && this.#journal !== undefined ? { offset, sizeBytes: length, crc32: crc32(bytes) } : undefined;
    await this.#file.write(offset, bytes, () => {
      if (record !== undefined) this.#journal?.record(record);
      this.#storedParts.set(offset, length);
    });
    this.#options.onBytes?.(length);
  }
}

function tooLarge(maxSizeBytes: number): ChatferryError {
  return new ChatferryError(
    'TOO_LARGE',
    `The file has more than ${maxSizeBytes} bytes, although no such size was announced. Raise MAX_MEDIA_SIZE_MB to fetch it.`,
  );
}
