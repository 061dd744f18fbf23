import type { FileHandle } from 'node:fs/promises';

import { openForReading } from '../../disk/read-file.js';
import { broken, HeifDirectory } from './heif-directory.js';
import { type Box, BOX_HEAD_BYTES, readBoxHead } from '../bytes/iso-boxes.js';

/** A phone photo of 48 tiles has about 4 KB. */
const MOST_META_BYTES = 1024 * 1024;
/** The directory comes early, after the box that identifies the file. */
const MOST_BOXES_BEFORE = 16;
/** Limit for one item; a photo of 50 megapixels has about 20 MB in total. */
const MOST_ITEM_BYTES = 32 * 1024 * 1024;

/**
 * The items of a HEIF file (ISO/IEC 23008-12), with their types, properties, bytes and references. Picture data is read on
 * demand.
 */
export class HeifItems implements AsyncDisposable {
  /** Id of the primary picture. */
  readonly primaryId: number;
  readonly #file: FileHandle;
  readonly #directory: HeifDirectory;

  /** @returns undefined for a file without such a directory. @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated one. */
  static async open(path: string): Promise<HeifItems | undefined> {
    const file = await openForReading(path, { mayBeLink: true });
    try {
      const meta = await readMeta(file);
      const directory = meta && new HeifDirectory(meta);
      if (directory?.primaryId !== undefined) return new HeifItems(file, directory, directory.primaryId);
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
    return undefined;
  }

  private constructor(file: FileHandle, directory: HeifDirectory, primaryId: number) {
    this.#file = file;
    this.#directory = directory;
    this.primaryId = primaryId;
  }

  typeOf(id: number): string | undefined {
    return this.#directory.items.get(id)?.type;
  }

  /** The first of that type. */
  idOf(type: string): number | undefined {
    for (const [id, item] of this.#directory.items) if (item.type === type) return id;
    return undefined;
  }

  propertiesOf(id: number): readonly Box[] {
    return this.#directory.items.get(id)?.properties ?? [];
  }

  /** The items that an item refers to, in order. */
  referencesOf(id: number, type: string): readonly number[] {
    return this.#directory.references.get(`${type} ${id}`) ?? [];
  }

  /** @throws {ChatferryError} `CONTENT_MISMATCH` when its bytes are missing, or exceed the limit. */
  async bytesOf(id: number): Promise<Buffer> {
    const place = this.#directory.places.get(id);
    if (place === undefined) throw broken(`item ${id} is nowhere`);
    const { idat } = this.#directory;
    const end = place.isInDirectory ? idat.length : (await this.#file.stat()).size;
    const pieces: Buffer[] = [];
    let byteCount = 0;
    for (const { offset, sizeBytes } of place.extents) {
      const length = sizeBytes === 0 ? end - offset : sizeBytes;
      byteCount += length;
      if (length < 0 || offset + length > end) throw broken(`item ${id} goes beyond the end`);
      if (byteCount > MOST_ITEM_BYTES) throw broken(`item ${id} has more than ${MOST_ITEM_BYTES} bytes`);
      if (place.isInDirectory) {
        pieces.push(idat.subarray(offset, offset + length));
      } else {
        const piece = Buffer.allocUnsafe(length);
        const { bytesRead } = await this.#file.read(piece, 0, length, offset);
        if (bytesRead < length) throw broken(`item ${id} goes beyond the end`);
        pieces.push(piece);
      }
    }
    return Buffer.concat(pieces);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file.close();
  }
}

async function readMeta(file: FileHandle): Promise<Buffer | undefined> {
  const { size } = await file.stat();
  let position = 0;
  for (let count = 0; count < MOST_BOXES_BEFORE && position < size; count += 1) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BOX_HEAD_BYTES), 0, BOX_HEAD_BYTES, position);
    const head = readBoxHead(buffer.subarray(0, bytesRead));
    if (head === undefined) return undefined;
    if (head.type === 'meta') {
      const length = Math.min(head.sizeBytes, size - position) - head.headBytes;
      if (length > MOST_META_BYTES) throw broken(`its directory has ${length} bytes`);
      const meta = Buffer.alloc(Math.max(0, length));
      await file.read(meta, 0, meta.length, position + head.headBytes);
      return meta.subarray(4); // After version and flags.
    }
    position += head.sizeBytes;
  }
  return undefined;
}
