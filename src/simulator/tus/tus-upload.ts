import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { createOwnFile, openOwnFile, removeOwnFile } from '../../disk/own-file.js';
import { TusRefusal } from './tus-refusal.js';

const PIECE_BYTES = 64 * 1024;

export interface NewTusUpload {
  readonly id: string;
  readonly sizeBytes: number;
  /** As the client sent it: keys with Base64 values. */
  readonly metadata: string;
  /** The value of `Upload-Concat`. Empty for an ordinary upload. */
  readonly concat: string;
  /** UTC milliseconds. */
  readonly expiresAtMs: number;
}

/** A checksum that a client sent with some bytes. */
export interface SentChecksum {
  readonly algorithm: string;
  /** Base64. */
  readonly value: string;
}

/** One upload. Its bytes are appended to a file, by one request at a time. */
export class TusUpload {
  readonly id: string;
  readonly sizeBytes: number;
  readonly metadata: string;
  readonly concat: string;
  readonly expiresAtMs: number;
  readonly #path: string;
  #offset = 0;
  #isBusy = false;

  private constructor(path: string, { id, sizeBytes, metadata, concat, expiresAtMs }: NewTusUpload) {
    this.#path = path;
    this.id = id;
    this.sizeBytes = sizeBytes;
    this.metadata = metadata;
    this.concat = concat;
    this.expiresAtMs = expiresAtMs;
  }

  /** @param folder - A private folder that only the server uses. */
  static async create(folder: string, upload: NewTusUpload): Promise<TusUpload> {
    const path = join(folder, upload.id);
    await (await createOwnFile(path)).close();
    return new TusUpload(path, upload);
  }

  get offset(): number {
    return this.#offset;
  }

  get isComplete(): boolean {
    return this.#offset === this.sizeBytes;
  }

  /**
   * Appends bytes. If the body is interrupted, the received bytes are kept, except with a checksum, which can only be
   * checked for the whole body.
   *
   * @throws {TusRefusal} 409 for a wrong offset, 413 for more bytes than announced, 423 while another request appends,
   *   460 for a wrong checksum (https://tus.io/protocols/resumable-upload#checksum).
   */
  async append(from: number, body: AsyncIterable<Uint8Array>, checksum?: SentChecksum): Promise<void> {
    await this.#exclusively(async () => {
      if (from !== this.#offset) throw new TusRefusal(409, `The upload is at byte ${this.#offset}.`);
      await using file = await openOwnFile(this.#path, { writes: true });
      const hash = checksum === undefined ? undefined : createHash(checksum.algorithm);
      let isKept = checksum === undefined;
      try {
        for await (const piece of body) {
          if (this.#offset + piece.length > this.sizeBytes)
            throw new TusRefusal(413, 'The body has more bytes than announced.');
          hash?.update(piece);
          await writeWhole(file, piece, this.#offset);
          this.#offset += piece.length;
        }
        isKept = hash === undefined || hash.digest('base64') === checksum?.value;
        if (!isKept) throw new TusRefusal(460, 'The checksum does not match the bytes.');
      } finally {
        if (!isKept) {
          this.#offset = from;
          await file.truncate(from);
        }
      }
    });
  }

  /** The bytes received so far. */
  async *read(): AsyncGenerator<Uint8Array, void, void> {
    await using file = await openOwnFile(this.#path);
    for (let position = 0; position < this.#offset;) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, this.#offset - position));
      const { bytesRead } = await file.read(piece, 0, piece.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }

  async remove(): Promise<void> {
    await this.#exclusively(() => removeOwnFile(this.#path));
  }

  /** Refuses a request while an earlier one is still running, as may happen after a lost connection. */
  requireIdle(): void {
    if (this.#isBusy) throw new TusRefusal(423, 'Another request is using this upload.');
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    this.requireIdle();
    this.#isBusy = true;
    try {
      await work();
    } finally {
      this.#isBusy = false;
    }
  }
}

async function writeWhole(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < piece.length;) {
    const { bytesWritten } = await file.write(piece, written, piece.length - written, position + written);
    written += bytesWritten;
  }
}
