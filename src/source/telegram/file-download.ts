import { rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import type { DownloadedFile, DownloadJournal, DownloadOptions } from '../message-source.js';
import type { DownloadControl } from './download-control.js';
import { FileHashes } from './file-hashes.js';
import { LinkedAbort } from './linked-abort.js';
import type { CallTrouble } from './media-connections.js';
import type { Part } from './part-plan.js';
import { partAt, partBytesOf, PART_BYTES, partsOf } from './part-plan.js';
import { type PartLane, SMALL_FILE_BYTES } from './part-scheduler.js';
import { PartialFile } from './partial-file.js';
import type { RemoteFile } from './remote-file.js';

const MOST_TRIES_PER_PART = 3;

export interface DownloadToFileOptions extends DownloadOptions {
  /** As announced. Undefined: the file ends with the first part that is not full. */
  readonly sizeBytes: number | undefined;
  /** Shared by all files that are open. */
  readonly control: DownloadControl;
  /** Called when the last byte is there: what follows is between this machine and its disk. */
  readonly onFetched?: () => void;
}

/**
 * Fetches a file part by part to `path`: every part proved, the whole hashed on the way and synced. Parts that the
 * journal knows and the disk has are not fetched again.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when size or hashes are not the announced ones; `FILE_SYSTEM`; and as
 *   {@link RemoteFile.part} does. The signal's reason when it aborts. A file that can be gone on with stays; any other
 *   is removed.
 */
export async function downloadToFile(remote: RemoteFile, options: DownloadToFileOptions): Promise<DownloadedFile> {
  const { path, sizeBytes, signal } = options;
  signal.throwIfAborted();
  // A file of one part has nothing to resume.
  const journal = sizeBytes !== undefined && sizeBytes > PART_BYTES ? options.journal : undefined;
  try {
    await using file = await (journal === undefined ? PartialFile.create(path) : PartialFile.resume(path));
    const download = new FileDownload(remote, file, options);
    if (sizeBytes === undefined) await download.fetchToTheEnd();
    else await download.fetchAll(sizeBytes, journal);
    options.onFetched?.();
    return await file.finish();
  } catch (error) {
    if (journal === undefined || isHopeless(error)) {
      await rm(path, { force: true });
      journal?.clear();
    }
    throw error;
  }
}

/** What says that the parts that are there will be of no use. */
function isHopeless(error: unknown): boolean {
  return isChatferryError(error, 'CONTENT_MISMATCH', 'MEDIA_UNAVAILABLE', 'NO_ACCESS', 'FILE_SYSTEM');
}

class FileDownload {
  readonly #remote: RemoteFile;
  readonly #file: PartialFile;
  readonly #options: DownloadToFileOptions;
  readonly #hashes: FileHashes;
  readonly #lane: PartLane;

  constructor(remote: RemoteFile, file: PartialFile, options: DownloadToFileOptions) {
    this.#remote = remote;
    this.#file = file;
    this.#options = options;
    this.#hashes = new FileHashes((offset, signal) => remote.hashes(offset, signal), options.sizeBytes);
    this.#lane = (options.sizeBytes ?? 0) < SMALL_FILE_BYTES ? 'small' : 'large';
  }

  /** All parts of a file of known size that are not there yet, as many at once as the scheduler lets. */
  async fetchAll(fileSizeBytes: number, journal: DownloadJournal | undefined): Promise<void> {
    const there = await this.#takeUp(fileSizeBytes, journal);
    using stop = new LinkedAbort(this.#options.signal);
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    try {
      for (const part of partsOf(fileSizeBytes)) {
        if (there.has(part.offset)) continue;
        const release = await this.#turn(part, stop.signal);
        const fetching = this.#fetchOne(part, journal, stop.signal)
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
    if (failures.length > 0) throw failures[0];
  }

  /** One part after the other: behind the end there is nothing to ask. */
  async fetchToTheEnd(): Promise<void> {
    const { signal, onBytes } = this.#options;
    for (let offset = 0; ; offset += PART_BYTES) {
      const release = await this.#turn({ offset, sizeBytes: PART_BYTES }, signal);
      try {
        const bytes = await this.#fetch(offset, signal);
        await this.#file.write(offset, bytes);
        onBytes?.(bytes.length);
        if (bytes.length < PART_BYTES) return;
      } finally {
        release();
      }
    }
  }

  async #takeUp(fileSizeBytes: number, journal: DownloadJournal | undefined): Promise<ReadonlySet<number>> {
    if (journal === undefined) return new Set();
    const partBytes = partBytesOf(fileSizeBytes);
    const records = journal.completed({ sizeBytes: fileSizeBytes, dcId: this.#remote.dcId, partBytes });
    return this.#file.takeUp(
      records.filter(
        ({ offset, sizeBytes }) => offset < fileSizeBytes && sizeBytes === partAt(offset, fileSizeBytes).sizeBytes,
      ),
    );
  }

  #turn({ sizeBytes }: Part, signal: AbortSignal): Promise<() => void> {
    const { control, priority = 0 } = this.#options;
    return control.scheduler.take({ priority, lane: this.#lane, sizeBytes, signal });
  }

  async #fetchOne({ offset }: Part, journal: DownloadJournal | undefined, signal: AbortSignal): Promise<void> {
    const bytes = await this.#fetch(offset, signal);
    const record = journal && { offset, sizeBytes: bytes.length, crc32: crc32(bytes) };
    const { length } = bytes;
    await this.#file.write(offset, bytes, () => {
      if (record !== undefined) journal?.record(record);
    });
    this.#options.onBytes?.(length);
  }

  /** A part is done when its length is right and no hash of the server speaks against it. */
  async #fetch(offset: number, signal: AbortSignal): Promise<Buffer> {
    const { sizeBytes, control } = this.#options;
    const expected = sizeBytes === undefined ? undefined : partAt(offset, sizeBytes).sizeBytes;
    this.#hashes.expect(offset, signal);
    for (let trial = 1; ; trial += 1) {
      const troubles: CallTrouble[] = [];
      const askedMs = control.nowMs();
      control.uses(this.#remote.servingDcId);
      const bytes = await this.#remote.part(offset, {
        signal,
        onTrouble: (trouble) => {
          troubles.push(trouble);
          control.trouble(trouble);
        },
      });
      const latencyMs = troubles.length > 0 ? undefined : control.nowMs() - askedMs;
      const isRightLength = expected === undefined ? bytes.length <= PART_BYTES : bytes.length === expected;
      const endsFile = sizeBytes === undefined ? bytes.length < PART_BYTES : offset + bytes.length === sizeBytes;
      if (isRightLength && (await this.#hashes.agrees({ offset, bytes, endsFile }, signal))) {
        control.fetched({ bytes: bytes.length, latencyMs });
        return bytes;
      }
      if (trial < MOST_TRIES_PER_PART) continue;
      const said = `Telegram announced ${sizeBytes ?? 'an unknown number of'} bytes`;
      const sent = isRightLength
        ? `those it sent from byte ${offset} on do not have the hash it says`
        : `sent ${bytes.length} instead of ${expected ?? PART_BYTES} from byte ${offset} on`;
      throw new ChatferryError(
        'CONTENT_MISMATCH',
        `${said}, but ${sent}, ${trial} times. Run the same command again to retry.`,
        { retryable: true },
      );
    }
  }
}
