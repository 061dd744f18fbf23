import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

import { withFileErrors } from '../../../disk/file-error.js';
import { createOwnFile, openOwnFile } from '../../../disk/own-file.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { DownloadedFile, PartRecord } from '../../message-source.js';
import { partMemory } from '../../../memory/part-memory.js';

/**
 * Maximum memory per file for parts that arrived out of order. Further parts are read from disk when they are hashed.
 */
const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** The file is synced every so many bytes while more arrive, so that little remains to be synced at the end. */
const SYNC_BYTES = 32 * 1024 * 1024;

/**
 * A file that is written part by part, in any order, and hashed meanwhile. Memory holds a few parts, never the whole
 * file.
 *
 * Every method may throw a {@link ChatferryError} `FILE_SYSTEM`.
 */
export class PartialFile implements AsyncDisposable {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #mayBeLonger: boolean;
  readonly #hash = createHash('sha256');
  /** Sizes of the parts that are on disk and not hashed, by offset. */
  readonly #waiting = new Map<number, number>();
  readonly #held = new Map<number, Uint8Array>();
  #heldBytes = 0;
  #hashedBytes = 0;
  #hashing: Promise<void> | undefined;
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;
  #closed = false;

  /** Creates an empty file. */
  static create(path: string): Promise<PartialFile> {
    return withFileErrors('write', path, async () => new PartialFile(path, await createOwnFile(path), false));
  }

  /** Opens the file of an earlier run, or creates it if it is missing. */
  static async resume(path: string): Promise<PartialFile> {
    try {
      return new PartialFile(path, await openOwnFile(path, { writes: true }), true);
    } catch {
      return PartialFile.create(path); // Throws a clear error if more is wrong than a missing file.
    }
  }

  private constructor(path: string, handle: FileHandle, mayBeLonger: boolean) {
    this.#path = path;
    this.#handle = handle;
    this.#mayBeLonger = mayBeLonger;
  }

  /**
   * Resumes from the parts of an earlier run.
   *
   * @param records - In ascending order.
   * @returns the offsets of the parts whose bytes on disk match their records.
   */
  async resumeParts(records: readonly PartRecord[]): Promise<ReadonlySet<number>> {
    const intact = new Set<number>();
    for (const { offset, sizeBytes, crc32: recorded } of records) {
      const bytes = await this.#read(offset, sizeBytes);
      if (bytes.length !== sizeBytes || crc32(bytes) !== recorded) continue;
      intact.add(offset);
      this.#waiting.set(offset, sizeBytes);
      if (offset === this.#hashedBytes) this.#hashNext(bytes);
    }
    return intact;
  }

  /**
   * Writes a part. Takes ownership of `bytes`: the caller must not use them afterwards.
   *
   * @param onWritten - Called as soon as the bytes are written. They survive if the process is killed after that.
   */
  async write(offset: number, bytes: Uint8Array, onWritten?: () => void): Promise<void> {
    await withFileErrors('write', this.#path, () => writeWhole(this.#handle, bytes, offset));
    onWritten?.();
    this.#syncPeriodically(bytes.length);
    this.#waiting.set(offset, bytes.length);
    if (offset !== this.#hashedBytes && this.#heldBytes + bytes.length > MAX_HELD_BYTES) {
      partMemory.giveBack(bytes);
      return;
    }
    this.#held.set(offset, bytes);
    this.#heldBytes += bytes.length;
    await this.#hashAvailable();
  }

  /**
   * Syncs and closes the file after all parts are written. @throws {ChatferryError} `INTERNAL` if a part is missing.
   */
  async finish(): Promise<DownloadedFile> {
    while (this.#waiting.has(this.#hashedBytes)) await this.#hashAvailable();
    if (this.#waiting.size > 0) {
      throw new ChatferryError('INTERNAL', `${this.#path} has a hole at byte ${this.#hashedBytes}.`);
    }
    const sizeBytes = this.#hashedBytes;
    await withFileErrors('write', this.#path, async () => {
      if (this.#mayBeLonger) await this.#handle.truncate(sizeBytes); // An earlier run may have left more.
      await this.#syncing;
      await this.#handle.sync();
      this.#closed = true;
      await this.#handle.close();
    });
    return { sizeBytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes the file without syncing it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled([this.#hashing, this.#syncing]); // Both use the file handle.
    await this.#handle.close().catch(() => undefined); // An earlier error is more important than this one.
  }

  /**
   * Starts a sync if enough bytes were written and none is running. `finish` reports its error: the system reports a
   * failed sync only once, to the first call after it.
   */
  #syncPeriodically(writtenBytes: number): void {
    this.#unsyncedBytes += writtenBytes;
    if (this.#unsyncedBytes < SYNC_BYTES || this.#syncing !== undefined) return;
    this.#unsyncedBytes = 0;
    const syncing = this.#handle.datasync().then(() => {
      this.#syncing = undefined;
    });
    syncing.catch(() => undefined);
    this.#syncing = syncing;
  }

  /** Hashes all parts that follow the hashed bytes without a gap. Concurrent calls share one loop. */
  #hashAvailable(): Promise<void> {
    this.#hashing ??= this.#hashWaiting().finally(() => {
      this.#hashing = undefined;
    });
    return this.#hashing;
  }

  async #hashWaiting(): Promise<void> {
    for (;;) {
      const offset = this.#hashedBytes;
      const sizeBytes = this.#waiting.get(offset);
      if (sizeBytes === undefined) return;
      const bytes = this.#held.get(offset) ?? (await this.#read(offset, sizeBytes));
      if (bytes.length !== sizeBytes) {
        throw new ChatferryError('FILE_SYSTEM', `${this.#path} became shorter while it was written.`);
      }
      this.#hashNext(bytes);
    }
  }

  #hashNext(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#waiting.delete(this.#hashedBytes);
    if (this.#held.delete(this.#hashedBytes)) this.#heldBytes -= bytes.length;
    this.#hashedBytes += bytes.length;
    partMemory.giveBack(bytes);
  }

  /** Returns fewer bytes at the end of the file. */
  async #read(offset: number, sizeBytes: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(sizeBytes);
    let readBytes = 0;
    await withFileErrors('read', this.#path, async () => {
      while (readBytes < sizeBytes) {
        const { bytesRead } = await this.#handle.read(bytes, readBytes, sizeBytes - readBytes, offset + readBytes);
        if (bytesRead === 0) return;
        readBytes += bytesRead;
      }
    });
    return bytes.subarray(0, readBytes);
  }
}

/** Repeats writes until all bytes are written, as one write may write fewer than requested. */
async function writeWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let writtenBytes = 0;
  while (writtenBytes < bytes.length) {
    const rest = bytes.length - writtenBytes;
    writtenBytes += (await handle.write(bytes, writtenBytes, rest, position + writtenBytes)).bytesWritten;
  }
}
