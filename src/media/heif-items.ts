import { type FileHandle, open } from 'node:fs/promises';

import { ChatferryError } from '../errors/chatferry-error.js';
import { type Box, BOX_HEAD_BYTES, BoxReader, boxesOf, readBoxHead } from './iso-boxes.js';

/** Some 4 KB in a telephone's photo of 48 tiles. */
const MOST_META_BYTES = 1024 * 1024;
/** The directory stands in front, behind the box that says what the file is. */
const MOST_BOXES_BEFORE = 16;
/** Of one item; a photo of 50 megapixels has some 20 MB in all. */
const MOST_ITEM_BYTES = 32 * 1024 * 1024;
const MOST_ITEMS = 4096;
const MOST_EXTENTS = 64;

interface Extent {
  readonly offset: number;
  /** 0: to the end. */
  readonly sizeBytes: number;
}

interface Place {
  /** Whether it lies in the directory itself, and not in the file at large. */
  readonly isInDirectory: boolean;
  readonly extents: readonly Extent[];
}

interface Item {
  readonly type: string;
  /** In their order, which is that of what is done to the picture. */
  readonly properties: readonly Box[];
}

/**
 * What a HEIF file (ISO/IEC 23008-12) is made of: items with a type, properties and bytes, and references between them.
 * Nothing of the pictures is read before it is asked for.
 */
export class HeifItems implements AsyncDisposable {
  /** Of the picture to be shown. */
  readonly primaryId: number;
  readonly #file: FileHandle;
  readonly #directory: Directory;

  /** @returns undefined for a file without such a directory. @throws {ChatferryError} `CONTENT_MISMATCH` for one that breaks off. */
  static async open(path: string): Promise<HeifItems | undefined> {
    const file = await open(path);
    try {
      const meta = await readMeta(file);
      const directory = meta && new Directory(meta);
      if (directory?.primaryId !== undefined) return new HeifItems(file, directory, directory.primaryId);
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
    return undefined;
  }

  private constructor(file: FileHandle, directory: Directory, primaryId: number) {
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

  /** Items that one refers to, in order. */
  referencesOf(id: number, type: string): readonly number[] {
    return this.#directory.references.get(`${type} ${id}`) ?? [];
  }

  /** @throws {ChatferryError} `CONTENT_MISMATCH` when its bytes are not there, or too many. */
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

/** The boxes of `meta`, as they are written. */
class Directory {
  primaryId: number | undefined;
  idat: Buffer = Buffer.alloc(0);
  readonly places = new Map<number, Place>();
  readonly references = new Map<string, readonly number[]>();
  readonly items = new Map<number, Item>();

  constructor(meta: Buffer) {
    const types = new Map<number, string>();
    let properties: ReadonlyMap<number, readonly Box[]> = new Map();
    for (const { type, body } of boxesOf(meta)) {
      switch (type) {
        case 'pitm':
          this.primaryId = readPrimary(body);
          break;
        case 'idat':
          this.idat = body;
          break;
        case 'iloc':
          readPlaces(body, this.places);
          break;
        case 'iinf':
          readTypes(body, types);
          break;
        case 'iref':
          readReferences(body, this.references);
          break;
        case 'iprp':
          properties = readProperties(body);
          break;
      }
    }
    for (const [id, type] of types) this.items.set(id, { type, properties: properties.get(id) ?? [] });
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
      return meta.subarray(4); // Behind version and flags.
    }
    position += head.sizeBytes;
  }
  return undefined;
}

function readPrimary(body: Buffer): number {
  const reader = new BoxReader(body);
  const { version } = reader.versionAndFlags();
  return reader.number(version === 0 ? 2 : 4);
}

/** ISO/IEC 14496-12, section 8.11.3. */
function readPlaces(body: Buffer, places: Map<number, Place>): void {
  const reader = new BoxReader(body);
  const { version } = reader.versionAndFlags();
  const [ofOffset, ofLength] = halves(reader.number(1));
  const [ofBase, ofIndex] = halves(reader.number(1));
  const itemCount = reader.number(version < 2 ? 2 : 4);
  if (itemCount > MOST_ITEMS) throw broken(`it has ${itemCount} items`);
  for (let left = itemCount; left > 0; left -= 1) {
    const id = reader.number(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : reader.number(2) & 0xf;
    reader.number(2); // Another file, which no picture from a chat has beside it.
    const base = reader.number(ofBase);
    const extentCount = reader.number(2);
    if (extentCount > MOST_EXTENTS) throw broken(`item ${id} lies in ${extentCount} pieces`);
    const extents: Extent[] = [];
    for (let index = 0; index < extentCount; index += 1) {
      if (version > 0) reader.number(ofIndex);
      extents.push({ offset: base + reader.number(ofOffset), sizeBytes: reader.number(ofLength) });
    }
    if (method < 2) places.set(id, { isInDirectory: method === 1, extents });
  }
}

function halves(byte: number): readonly [number, number] {
  return [byte >> 4, byte & 0xf];
}

/** ISO/IEC 14496-12, section 8.11.6. */
function readTypes(body: Buffer, types: Map<number, string>): void {
  const reader = new BoxReader(body);
  const { version } = reader.versionAndFlags();
  reader.number(version === 0 ? 2 : 4);
  for (const { type, body: entry } of boxesOf(reader.rest())) {
    if (type !== 'infe') continue;
    const entryReader = new BoxReader(entry);
    const { version: entryVersion } = entryReader.versionAndFlags();
    if (entryVersion < 2) continue; // Without a type.
    const id = entryReader.number(entryVersion === 2 ? 2 : 4);
    entryReader.number(2);
    types.set(id, entryReader.type());
  }
}

/** ISO/IEC 14496-12, section 8.11.12. */
function readReferences(body: Buffer, references: Map<string, readonly number[]>): void {
  const reader = new BoxReader(body);
  const ofId = reader.versionAndFlags().version === 0 ? 2 : 4;
  for (const { type, body: entry } of boxesOf(reader.rest())) {
    const entryReader = new BoxReader(entry);
    const from = entryReader.number(ofId);
    const count = entryReader.number(2);
    references.set(
      `${type} ${from}`,
      Array.from({ length: count }, () => entryReader.number(ofId)),
    );
  }
}

/** ISO/IEC 23008-12, section 9.3: which of the properties are which item's, from 1 on. */
function readProperties(body: Buffer): ReadonlyMap<number, readonly Box[]> {
  const boxes = boxesOf(body);
  const all = boxesOf(boxes.find(({ type }) => type === 'ipco')?.body ?? Buffer.alloc(0));
  const found = new Map<number, readonly Box[]>();
  for (const { body: table } of boxes.filter(({ type }) => type === 'ipma')) {
    const reader = new BoxReader(table);
    const { version, flags } = reader.versionAndFlags();
    for (let left = reader.number(4); left > 0; left -= 1) {
      const id = reader.number(version === 0 ? 2 : 4);
      const own: Box[] = [];
      for (let count = reader.number(1); count > 0; count -= 1) {
        // The top bit says that a reader must know it.
        const index = (flags & 1) === 1 ? reader.number(2) & 0x7fff : reader.number(1) & 0x7f;
        const property = all[index - 1];
        if (property !== undefined) own.push(property);
      }
      found.set(id, own);
    }
  }
  return found;
}

function broken(what: string): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', `The HEIF file is broken: ${what}.`);
}
