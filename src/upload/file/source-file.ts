import { createHash } from 'node:crypto';
import { type FileHandle, stat } from 'node:fs/promises';

import { fileError, isSystemError } from '../../disk/file-error.js';
import { openForReading } from '../../disk/read-file.js';
import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import type { UploadItem } from '../uploaded-file.js';

/** Bytes per read. Two pieces are in memory for each part that is sent. */
const PIECE_BYTES = 64 * 1024;
/** Bytes per read for digests, alternating between two buffers: one is read while the other is hashed. */
const DIGESTED_BYTES = 256 * 1024;

/** Identifies the bytes of a path at one moment. It changes when the file is written or replaced. */
export interface SourceMark {
  readonly sizeBytes: number;
  /** Since 1970, of the last change of its bytes. */
  readonly modifiedNs: string;
  readonly inode: string;
}

/** Digests of a byte range. */
export interface RangeDigest {
  /** Hex. */
  readonly sha256: string;
  /** Hex. Undefined if it was not requested. */
  readonly md5?: string;
}

export interface DigestOptions {
  readonly withMd5: boolean;
  readonly onPiece?: (piece: Buffer) => Promise<void> | void;
}

export interface ByteRange {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A file that is uploaded: opened once, read in ranges, never completely in memory. */
export class SourceFile implements AsyncDisposable {
  readonly path: string;
  readonly mark: SourceMark;
  readonly #file: FileHandle;
  readonly #madeOf: SourceFile | undefined;

  private constructor({ path, mark }: Pick<SourceFile, 'path' | 'mark'>, file: FileHandle, madeOf?: SourceFile) {
    this.#madeOf = madeOf;
    this.path = path;
    this.mark = mark;
    this.#file = file;
  }

  /**
   * Opens it. A link to a file is followed, because the user named it.
   *
   * @param madeOf - The file that it was made from: when that one changes, this one is outdated.
   * @throws {ChatferryError} `FILE_SYSTEM` also if it is not a regular file: a pipe would block for ever.
   */
  static async open(path: string, madeOf?: SourceFile): Promise<SourceFile> {
    try {
      const file = await openForReading(path, { mayBeLink: true });
      try {
        return new SourceFile({ path, mark: await markOf(file) }, file, madeOf);
      } catch (error) {
        await file.close();
        throw error;
      }
    } catch (error) {
      throw fileError(error, 'read', path);
    }
  }

  /**
   * Opens the file that is read for an item.
   *
   * @throws {ChatferryError} `FILE_LOST` if it is missing and its bytes were known, as those of an archive are;
   *   otherwise as {@link SourceFile.open}.
   */
  static async ofItem({ path, bytesPath = path, sha256 }: UploadItem): Promise<SourceFile> {
    try {
      return await SourceFile.open(bytesPath);
    } catch (error) {
      const isGone = isChatferryError(error, 'FILE_SYSTEM') && isSystemError(error.cause, 'ENOENT');
      if (!isGone || sha256 === undefined) throw error;
      const message = `${path} is gone from the disk, so it was not sent. The next export fetches it again, and the same upload sends it then.`;
      throw new ChatferryError('FILE_LOST', message, { cause: error });
    }
  }

  get sizeBytes(): number {
    return this.mark.sizeBytes;
  }

  /**
   * The bytes of a range, in pieces of at most 64 KB. The caller owns each piece.
   *
   * @throws {ChatferryError} `SOURCE_CHANGED` when the file has become shorter; `FILE_SYSTEM`; the signal's reason.
   */
  async *read({ offset, sizeBytes }: ByteRange, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
    for (let position = offset; position < offset + sizeBytes;) {
      signal.throwIfAborted();
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, offset + sizeBytes - position));
      const { bytesRead } = await this.#try(() => this.#file.read(piece, 0, piece.length, position));
      if (bytesRead === 0) throw this.#changed('became shorter');
      position += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }

  /**
   * Digests of a range.
   *
   * @param onPiece - Called with each piece; later pieces overwrite the same memory.
   * @throws as {@link SourceFile.read} does.
   */
  async digest(
    { offset, sizeBytes }: ByteRange,
    { withMd5, onPiece = () => undefined }: DigestOptions,
    signal: AbortSignal,
  ): Promise<RangeDigest> {
    const sha256 = createHash('sha256');
    const md5 = withMd5 ? createHash('md5') : undefined;
    for await (const piece of this.#readAhead({ offset, sizeBytes }, signal)) {
      sha256.update(piece);
      md5?.update(piece);
      await onPiece(piece);
    }
    return { sha256: sha256.digest('hex'), ...(md5 === undefined ? {} : { md5: md5.digest('hex') }) };
  }

  /** Pieces of a range. Each is valid until the next one is requested, which is read meanwhile. */
  async *#readAhead({ offset, sizeBytes }: ByteRange, signal: AbortSignal): AsyncGenerator<Buffer, void, void> {
    const end = offset + sizeBytes;
    const pieceBytes = Math.min(DIGESTED_BYTES, sizeBytes);
    let [memory, other] = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)];
    const readAt = async (position: number, into: Buffer): Promise<Buffer> => {
      const wanted = Math.min(into.length, end - position);
      const { bytesRead } = await this.#try(() => this.#file.read(into, 0, wanted, position));
      return into.subarray(0, bytesRead);
    };
    let reading = readAt(offset, memory);
    try {
      for (let position = offset; position < end;) {
        signal.throwIfAborted();
        const piece = await reading;
        if (piece.length === 0) throw this.#changed('became shorter');
        position += piece.length;
        [memory, other] = [other, memory];
        if (position < end) reading = readAt(position, memory);
        yield piece;
      }
    } finally {
      await Promise.allSettled([reading]); // The file is closed next.
    }
  }

  /** The digest in another algorithm, Base64. @throws as {@link SourceFile.read} does. */
  async digestBy(algorithm: 'sha1' | 'md5', range: ByteRange, signal: AbortSignal): Promise<string> {
    const hash = createHash(algorithm);
    for await (const piece of this.read(range, signal)) hash.update(piece);
    return hash.digest('base64');
  }

  /**
   * The bytes of a range that was digested before. The last piece is withheld until all bytes are verified, so that no
   * target can complete a file with wrong bytes.
   *
   * @throws {ChatferryError} `SOURCE_CHANGED`, before the last piece, if the bytes differ now, or the file was written
   *   anywhere.
   */
  async *readAgain(
    { offset, sizeBytes }: ByteRange,
    sha256: string,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer, void, void> {
    const hash = createHash('sha256');
    let held: Buffer | undefined;
    for await (const piece of this.read({ offset, sizeBytes }, signal)) {
      if (held !== undefined) yield held;
      hash.update(piece);
      held = piece;
    }
    if (hash.digest('hex') !== sha256) throw this.#changed('was written to');
    await this.requireUnchanged(); // Parts that were sent before may have changed by now.
    if (held !== undefined) yield held;
  }

  /**
   * @throws {ChatferryError} `SOURCE_CHANGED` if the file, or the file at its path, has changed since it was opened.
   */
  async requireUnchanged(): Promise<void> {
    const now = await this.#try(() => markOf(this.#file));
    if (!isSameMark(now, this.mark)) throw this.#changed('was written to');
    const atPath = await this.#try(() => markAt(this.path)); // Users mean the file that is at the path now.
    if (atPath === undefined) throw this.#changed('was removed');
    if (!isSameMark(atPath, this.mark)) throw this.#changed('was replaced');
    await this.#madeOf?.requireUnchanged();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  #changed(how: string): ChatferryError {
    const message = `${this.path} ${how} while it was uploaded. Run the same command again when it stays as it is.`;
    return new ChatferryError('SOURCE_CHANGED', message);
  }

  async #try<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fileError(error, 'read', this.path);
    }
  }
}

/** Whether both marks identify the same bytes. */
export function isSameMark(a: SourceMark, b: SourceMark): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedNs === b.modifiedNs && a.inode === b.inode;
}

async function markOf(file: FileHandle): Promise<SourceMark> {
  return markIn(await file.stat({ bigint: true }));
}

async function markAt(path: string): Promise<SourceMark | undefined> {
  try {
    return markIn(await stat(path, { bigint: true }));
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

function markIn(found: { readonly size: bigint; readonly mtimeNs: bigint; readonly ino: bigint }): SourceMark {
  return { sizeBytes: Number(found.size), modifiedNs: String(found.mtimeNs), inode: String(found.ino) };
}
