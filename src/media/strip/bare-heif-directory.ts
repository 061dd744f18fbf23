import { ChatferryError } from '../../errors/chatferry-error.js';
import { type Box, BoxReader, boxesOf } from '../bytes/iso-boxes.js';
import { bareHevcConfiguration, blankAv1Metadata } from './coded-units.js';
import { bareProfile } from './icc-profile.js';
import { bigEndian } from './pieces.js';

/** Properties that decoding and displaying a picture need (ISO/IEC 23008-12, 6.5; AVIF 1.1). */
const OF_THE_PICTURE: ReadonlySet<string> = new Set([
  ...['ispe', 'hvcC', 'av1C', 'pixi', 'irot', 'imir', 'clap', 'pasp', 'auxC', 'a1lx', 'a1op', 'lsel', 'clli', 'mdcv'],
  'colr',
]);
const LEAST_BOX_BYTES = 8;
const HANDLER_BYTES = 24;

export interface KeptItems {
  /** By id. */
  readonly kept: ReadonlySet<number>;
  /** Their parts of `idat`. */
  readonly inDirectory: readonly { readonly at: number; readonly sizeBytes: number }[];
}

/**
 * Reduces a HEIF file's directory to some of its items, without changing its size, so that offsets in the file stay valid.
 *
 * @param meta - The body of the box, with its version.
 * @returns a body of the same size.
 * @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file, or one without enough room.
 */
export function bareDirectory(meta: Buffer, items: KeptItems): Buffer {
  const bare = assemble(meta, items, 0);
  const room = meta.length - bare.length;
  if (room < 0) throw new ChatferryError('CONTENT_MISMATCH', 'The HEIF directory has no room to be written anew.');
  if (room >= LEAST_BOX_BYTES) return Buffer.concat([bare, box('free', Buffer.alloc(room - LEAST_BOX_BYTES))]);
  return room === 0 ? bare : assemble(meta, items, room);
}

/** @param nameBytes - Zeros in place of the handler name, to fill a gap that is too small for a box. */
function assemble(meta: Buffer, items: KeptItems, nameBytes: number): Buffer {
  const boxes: Buffer[] = [];
  for (const child of boxesOf(meta.subarray(4))) {
    const body = bareChild(child, items);
    if (body === undefined) continue;
    boxes.push(box(child.type, child.type === 'hdlr' ? Buffer.concat([body, Buffer.alloc(nameBytes)]) : body));
  }
  return Buffer.concat([meta.subarray(0, 4), ...boxes]);
}

function bareChild({ type, body }: Box, { kept, inDirectory }: KeptItems): Buffer | undefined {
  switch (type) {
    case 'hdlr':
      return Buffer.concat([body.subarray(0, HANDLER_BYTES), Buffer.alloc(1)]); // An empty handler name.
    case 'pitm':
      return body;
    case 'iinf':
      return bareTypes(body, kept);
    case 'iref':
      return bareReferences(body, kept);
    case 'iloc':
      return barePlaces(body, kept);
    case 'iprp':
      return bareProperties(body, kept);
    case 'idat':
      return onlyRanges(body, inDirectory);
    default:
      return undefined;
  }
}

/** ISO/IEC 14496-12, 8.11.6: id, protection, type; names are omitted. */
function bareTypes(body: Buffer, kept: ReadonlySet<number>): Buffer {
  const reader = new BoxReader(body);
  const { version } = reader.versionAndFlags();
  const ofCount = version === 0 ? 2 : 4;
  reader.number(ofCount);
  const entries: Buffer[] = [];
  for (const { type, body: entry } of boxesOf(reader.rest())) {
    const ofId = entry[0] === 2 ? 2 : 4;
    const idAt = 4;
    if (type !== 'infe' || !kept.has(entry.readUIntBE(idAt, ofId))) continue;
    entries.push(box('infe', Buffer.concat([entry.subarray(0, idAt + ofId + 2 + 4), Buffer.alloc(1)])));
  }
  return Buffer.concat([body.subarray(0, 4), bigEndian(entries.length, ofCount), ...entries]);
}

/** References to the parts of a picture, but not to the picture that it is a thumbnail or a description of. */
const REFERENCES: ReadonlySet<string> = new Set(['dimg', 'auxl', 'prem', 'base']);

/** ISO/IEC 14496-12, 8.11.12. */
function bareReferences(body: Buffer, kept: ReadonlySet<number>): Buffer | undefined {
  const ofId = body[0] === 0 ? 2 : 4;
  const entries: Buffer[] = [];
  for (const { type, body: entry } of boxesOf(body.subarray(4))) {
    const reader = new BoxReader(entry);
    const from = reader.number(ofId);
    const to = Array.from({ length: reader.number(2) }, () => reader.number(ofId)).filter((id) => kept.has(id));
    if (!REFERENCES.has(type) || !kept.has(from) || to.length === 0) continue;
    const ids = to.map((id) => bigEndian(id, ofId));
    entries.push(box(type, Buffer.concat([bigEndian(from, ofId), bigEndian(to.length, 2), ...ids])));
  }
  return entries.length === 0 ? undefined : Buffer.concat([body.subarray(0, 4), ...entries]);
}

/** ISO/IEC 14496-12, 8.11.3. */
function barePlaces(body: Buffer, kept: ReadonlySet<number>): Buffer {
  const reader = new BoxReader(body);
  const { version } = reader.versionAndFlags();
  const sizes = reader.number(2);
  const [ofOffset, ofLength, ofBase, ofIndex] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15, sizes & 15];
  const ofId = version < 2 ? 2 : 4;
  const entries: Buffer[] = [];
  for (let left = reader.number(ofId); left > 0; left -= 1) {
    const start = body.length - reader.rest().length;
    const id = reader.number(ofId);
    reader.take((version === 0 ? 0 : 2) + 2 + ofBase);
    reader.take(reader.number(2) * ((version === 0 ? 0 : ofIndex) + ofOffset + ofLength));
    if (kept.has(id)) entries.push(body.subarray(start, body.length - reader.rest().length));
  }
  return Buffer.concat([body.subarray(0, 6), bigEndian(entries.length, ofId), ...entries]);
}

/** ISO/IEC 23008-12, 9.3. Properties keep their indices: one that is omitted becomes empty. */
function bareProperties(body: Buffer, kept: ReadonlySet<number>): Buffer {
  const children = boxesOf(body);
  const all = boxesOf(children.find(({ type }) => type === 'ipco')?.body ?? Buffer.alloc(0)).map(bareProperty);
  const properties = box('ipco', Buffer.concat(all.map((one) => one ?? box('free', Buffer.alloc(0)))));
  const tables = children
    .filter(({ type }) => type === 'ipma')
    .map((table) =>
      box(
        'ipma',
        bareAssociations(table.body, kept, (index) => all[index - 1] !== undefined),
      ),
    );
  return Buffer.concat([properties, ...tables]);
}

function bareProperty({ type, body }: Box): Buffer | undefined {
  if (!OF_THE_PICTURE.has(type)) return undefined;
  if (type === 'hvcC') return box(type, bareHevcConfiguration(body));
  if (type === 'av1C') {
    const bytes = Buffer.from(body);
    blankAv1Metadata(bytes.subarray(4));
    return box(type, bytes);
  }
  if (type !== 'colr' || !['prof', 'rICC'].includes(body.toString('latin1', 0, 4))) return box(type, body);
  const profile = bareProfile(body.subarray(4));
  return profile === undefined ? undefined : box(type, Buffer.concat([body.subarray(0, 4), profile]));
}

function bareAssociations(body: Buffer, kept: ReadonlySet<number>, isThere: (index: number) => boolean): Buffer {
  const reader = new BoxReader(body);
  const { version, flags } = reader.versionAndFlags();
  const [ofId, ofIndex] = [version === 0 ? 2 : 4, (flags & 1) + 1];
  const mask = ofIndex === 2 ? 0x7fff : 0x7f; // The top bit marks an essential property.
  const entries: Buffer[] = [];
  for (let left = reader.number(4); left > 0; left -= 1) {
    const id = reader.number(ofId);
    const own = Array.from({ length: reader.number(1) }, () => reader.number(ofIndex)).filter((index) =>
      isThere(index & mask),
    );
    if (!kept.has(id)) continue;
    entries.push(
      Buffer.concat([bigEndian(id, ofId), bigEndian(own.length, 1), ...own.map((n) => bigEndian(n, ofIndex))]),
    );
  }
  return Buffer.concat([body.subarray(0, 4), bigEndian(entries.length, 4), ...entries]);
}

function onlyRanges(body: Buffer, ranges: KeptItems['inDirectory']): Buffer {
  const bare = Buffer.alloc(body.length);
  for (const { at, sizeBytes } of ranges) body.copy(bare, at, at, at + sizeBytes);
  return bare;
}

function box(type: string, body: Buffer): Buffer {
  return Buffer.concat([bigEndian(body.length + 8, 4), Buffer.from(type, 'latin1'), body]);
}
