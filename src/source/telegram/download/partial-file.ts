import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

import { withFileErrors } from '../../../disk/file-error.js';
import { createOwnFile, openOwnFile } from '../../../disk/own-file.js';
import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { DownloadedFile, PartRecord } from '../../message-source.js';
import { partMemory } from '../../../memory/part-memory.js';

/** Parts that came before their turn are kept in memory up to so much per file; beyond, they are read again from disk. */
const MOST_HELD_BYTES = 4 * 1024 * 1024;
/** As often the disk is given what has come, while more comes: at the end only a little is left to wait for. */
const SYNC_BYTES = 32 * 1024 * 1024;

/**
 * A file that is written part by part, in any order, and hashed on the way. Memory holds a few parts, never the file.
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

  /** Makes the file, empty. */
  static create(path: string): Promise<PartialFile> {
    return withFileErrors('write', path, async () => new PartialFile(path, await createOwnFile(path), false));
  }

  /** Opens what an earlier run left; makes it where it is gone. */
  static async resume(path: string): Promise<PartialFile> {
    try {
      return new PartialFile(path, await openOwnFile(path, { writes: true }), true);
    } catch {
      return PartialFile.create(path); // Says what is wrong, when it is more than that the file is gone.
    }
  }

  private constructor(path: string, handle: FileHandle, mayBeLonger: boolean) {
    this.#path = path;
    this.#handle = handle;
    this.#mayBeLonger = mayBeLonger;
  }

  /**
   * Takes up the parts of an earlier run.
   *
   * @param records - Ascending.
   * @returns offsets of those whose bytes are on disk as they were recorded.
   */
  async takeUp(records: readonly PartRecord[]): Promise<ReadonlySet<number>> {
    const right = new Set<number>();
    for (const { offset, sizeBytes, crc32: recorded } of records) {
      const bytes = await this.#read(offset, sizeBytes);
      if (bytes.length !== sizeBytes || crc32(bytes) !== recorded) continue;
      right.add(offset);
      this.#waiting.set(offset, sizeBytes);
      if (offset === this.#hashedBytes) this.#hashNext(bytes);
    }
    return right;
  }

  /**
   * Writes a part. From now on its bytes are this file's, and must not be looked at any more.
   *
   * @param onWritten - Called as soon as they are written: a kill after that loses nothing of them.
   */
  async write(offset: number, bytes: Uint8Array, onWritten?: () => void): Promise<void> {
    await withFileErrors('write', this.#path, () => writeWhole(this.#handle, bytes, offset));
    onWritten?.();
    this.#syncNowAndThen(bytes.length);
    this.#waiting.set(offset, bytes.length);
    if (offset !== this.#hashedBytes && this.#heldBytes + bytes.length > MOST_HELD_BYTES) {
      partMemory.giveBack(bytes);
      return;
    }
    this.#held.set(offset, bytes);
    this.#heldBytes += bytes.length;
    await this.#hashOn();
  }

  /** Syncs and closes the file, whose parts are all written. @throws {ChatferryError} `INTERNAL` when one is missing. */
  async finish(): Promise<DownloadedFile> {
    while (this.#waiting.has(this.#hashedBytes)) await this.#hashOn();
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

  /** Closes it as it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled([this.#hashing, this.#syncing]); // They use the file.
    await this.#handle.close().catch(() => undefined); // What went wrong before is what counts.
  }

  /** One at a time. What goes wrong is said at the end: the system tells a failed sync to one that asks, and only once. */
  #syncNowAndThen(writtenBytes: number): void {
    this.#unsyncedBytes += writtenBytes;
    if (this.#unsyncedBytes < SYNC_BYTES || this.#syncing !== undefined) return;
    this.#unsyncedBytes = 0;
    const syncing = this.#handle.datasync().then(() => {
      this.#syncing = undefined;
    });
    syncing.catch(() => undefined);
    this.#syncing = syncing;
  }

  /** Hashes what has its turn. One at a time: whoever comes meanwhile leaves its part to the one that is at it. */
  #hashOn(): Promise<void> {
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

  /** Fewer bytes come where the file ends. */
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

/** A write may take fewer bytes than it was given. */
async function writeWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let writtenBytes = 0;
  while (writtenBytes < bytes.length) {
    const rest = bytes.length - writtenBytes;
    writtenBytes += (await handle.write(bytes, writtenBytes, rest, position + writtenBytes)).bytesWritten;
  }
}
