import { ChatferryError } from '../../errors/chatferry-error.js';
import { type Box, BoxReader, boxesOf } from '../bytes/iso-boxes.js';

const MOST_ITEMS = 4096;
const MOST_EXTENTS = 64;

/** An extent of an item. */
export interface Extent {
  readonly offset: number;
  /** 0: to the end. */
  readonly sizeBytes: number;
}

/** The location of an item. */
export interface Place {
  /** Whether offsets are inside the directory itself instead of the file. */
  readonly isInDirectory: boolean;
  readonly extents: readonly Extent[];
}

interface Item {
  readonly type: string;
  /** In order: transformations are applied in this order. */
  readonly properties: readonly Box[];
}

/** The directory of a HEIF file: the boxes of `meta`, as they are written (ISO/IEC 14496-12, 8.11). */
export class HeifDirectory {
  primaryId: number | undefined;
  idat: Buffer = Buffer.alloc(0);
  readonly places: Map<number, Place> = new Map();
  /** Ids by a type and the id that refers to them: `dimg 5`. */
  readonly references: Map<string, readonly number[]> = new Map();
  readonly items: Map<number, Item> = new Map();

  /**
   * @param meta - The content of the box after its version.
   * @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file.
   */
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
    reader.number(2); // A reference to another file, which pictures from chats do not have.
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
    if (entryVersion < 2) continue; // These versions have no type.
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

/** ISO/IEC 23008-12, section 9.3: the properties of each item, by index from 1. */
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
        // The top bit marks an essential property.
        const index = (flags & 1) === 1 ? reader.number(2) & 0x7fff : reader.number(1) & 0x7f;
        const property = all[index - 1];
        if (property !== undefined) own.push(property);
      }
      found.set(id, own);
    }
  }
  return found;
}

/** The error for an inconsistent file. */
export function broken(what: string): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', `The HEIF file is broken: ${what}.`);
}
