import { ChatferryError } from '../../errors/chatferry-error.js';
import { breaksOff, type ByteSource, MemoryBytes } from '../bytes/byte-source.js';
import { type TiffDirectory, type TiffField, TiffReader } from '../image/tiff-directories.js';
import { bareProfile } from './icc-profile.js';
import { bareJpeg } from './jpeg.js';
import { blocksOf, type Piece, sizeOf } from './pieces.js';

/** TIFF 6.0, section 8 and its supplements: the fields that a decoder needs. */
const OF_THE_PICTURE: ReadonlySet<number> = new Set([
  ...[
    254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 274, 277, 278, 280, 281, 282, 283, 284, 290, 291, 292, 293,
  ],
  ...[296, 297, 301, 317, 318, 319, 320, 321, 322, 323, 332, 334, 336, 338, 339, 340, 341, 342, 347],
  ...[529, 530, 531, 532, 34675, 34676],
]);
const TAG = { kind: 254, compression: 259, jpegTables: 347, profile: 34675 } as const;
/** Offsets and sizes of the pixel data: in strips, or in tiles. */
const PLACES: readonly (readonly [offsets: number, counts: number])[] = [
  [273, 279],
  [324, 325],
];
const OLD_JPEG = 6;
const JPEG = 7;
/** A smaller copy of another page. It may show what was cropped. */
const REDUCED = 1;

interface Page {
  readonly fields: readonly TiffField[];
  readonly data: readonly Piece[];
}

/**
 * A TIFF with the same encoded pages, and only the fields that a decoder needs.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file, or a kind that cannot be taken apart.
 */
export function bareTiff(source: ByteSource): readonly Piece[] {
  const tiff = new TiffReader(source);
  const writer = new TiffWriter(tiff);
  let budget = 2 * source.sizeBytes;
  for (const [index, page] of [...tiff.pages()].entries()) {
    if (index > 0 && (numberOf(tiff, page, TAG.kind) & REDUCED) !== 0) continue;
    const { fields, data } = barePage({ tiff, source, writer }, page);
    budget -= sizeOf(data);
    if (budget < 0) throw breaksOff(); // Many pages refer to the same pixels.
    writer.add(fields, data);
  }
  return writer.pieces();
}

interface Tools {
  readonly tiff: TiffReader;
  readonly source: ByteSource;
  readonly writer: TiffWriter;
}

function barePage({ tiff, source, writer }: Tools, page: TiffDirectory): Page {
  const compression = numberOf(tiff, page, TAG.compression);
  if (compression === OLD_JPEG) {
    throw new ChatferryError('CONTENT_MISMATCH', 'The TIFF holds JPEG in the old way, which cannot be taken apart.');
  }
  const fields: TiffField[] = [];
  for (const field of page.values()) {
    if (!OF_THE_PICTURE.has(field.tag)) continue;
    const bytes = bareValue(field);
    if (bytes !== undefined) fields.push({ ...field, bytes, count: (field.count * bytes.length) / field.bytes.length });
  }
  const data: Piece[] = [];
  for (const [offsetsTag, countsTag] of PLACES) {
    const [offsets, counts] = [page.get(offsetsTag), page.get(countsTag)];
    if (offsets === undefined) continue;
    if (counts === undefined) throw breaksOff();
    const ends = tiff.numbersOf(counts);
    const parts = tiff.numbersOf(offsets).map((at, index) => {
      const range = { at, sizeBytes: ends[index] ?? 0 };
      if (range.at + range.sizeBytes > source.sizeBytes) throw breaksOff();
      return compression === JPEG ? bareStream(source.read(range.at, range.sizeBytes)) : range;
    });
    fields.push(...writer.places({ offsetsTag, countsTag, parts, before: data }));
    data.push(...parts.flatMap((part) => [part, ...evenly(part)]));
  }
  if (data.length === 0) throw breaksOff();
  return { fields, data };
}

function bareValue({ tag, bytes }: TiffField): Buffer | undefined {
  if (tag === TAG.profile) return bareProfile(bytes);
  return tag === TAG.jpegTables ? bareStream(bytes) : bytes;
}

function bareStream(jpeg: Buffer): Buffer {
  const stream = new MemoryBytes(jpeg);
  return Buffer.concat([...blocksOf(stream, bareJpeg(stream, { orientation: 1 }))]);
}

function numberOf(tiff: TiffReader, page: TiffDirectory, tag: number): number {
  const field = page.get(tag);
  return field === undefined ? 0 : (tiff.numbersOf(field)[0] ?? 0);
}

function evenly(part: Piece): readonly Buffer[] {
  return sizeOf([part]) % 2 === 0 ? [] : [Buffer.alloc(1)];
}

/** In the byte order of the original, with offsets of the same width: pixels first, then directories. */
class TiffWriter {
  readonly #isBigEndian: boolean;
  readonly #isBig: boolean;
  readonly #data: Piece[] = [];
  readonly #directories: (readonly TiffField[])[] = [];
  #at: number;

  constructor({ isBigEndian, isBig }: TiffReader) {
    this.#isBigEndian = isBigEndian;
    this.#isBig = isBig;
    this.#at = isBig ? 16 : 8;
  }

  /** The offset fields, for pixel data that is appended to the given pieces. */
  places(options: {
    readonly offsetsTag: number;
    readonly countsTag: number;
    readonly parts: readonly Piece[];
    readonly before: readonly Piece[];
  }): readonly TiffField[] {
    const { offsetsTag, countsTag, parts, before } = options;
    const [type, width] = this.#isBig ? [16, 8] : [4, 4];
    let at = this.#at + sizeOf(before);
    const offsets: Buffer[] = [];
    const counts: Buffer[] = [];
    for (const part of parts) {
      offsets.push(this.#number(at, width));
      counts.push(this.#number(sizeOf([part]), width));
      at += sizeOf([part, ...evenly(part)]);
    }
    return [
      { tag: offsetsTag, type, count: parts.length, bytes: Buffer.concat(offsets) },
      { tag: countsTag, type, count: parts.length, bytes: Buffer.concat(counts) },
    ];
  }

  add(fields: readonly TiffField[], data: readonly Piece[]): void {
    this.#data.push(...data);
    this.#at += sizeOf(data);
    this.#directories.push(fields.toSorted((one, other) => one.tag - other.tag));
  }

  pieces(): readonly Piece[] {
    const ofPlace = this.#isBig ? 8 : 4;
    const tail: Buffer[] = [];
    let at = this.#at;
    let first = 0;
    let setNext: (place: number) => void = (place) => {
      first = place;
    };
    for (const fields of this.#directories) {
      const entries: Buffer[] = [];
      for (const { tag, type, count, bytes } of fields) {
        const head = Buffer.concat([this.#number(tag, 2), this.#number(type, 2), this.#number(count, ofPlace)]);
        if (bytes.length <= ofPlace) {
          entries.push(head, bytes, Buffer.alloc(ofPlace - bytes.length));
          continue;
        }
        entries.push(head, this.#number(at, ofPlace));
        const even = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
        tail.push(even);
        at += even.length;
      }
      const next = Buffer.alloc(ofPlace);
      setNext(at);
      setNext = (place) => void this.#number(place, ofPlace).copy(next);
      const directory = [this.#number(fields.length, this.#isBig ? 8 : 2), ...entries, next];
      tail.push(...directory);
      at += sizeOf(directory);
    }
    return [this.#head(first), ...this.#data, ...tail];
  }

  #head(first: number): Buffer {
    const order = Buffer.from(this.#isBigEndian ? 'MM' : 'II', 'latin1');
    if (!this.#isBig) return Buffer.concat([order, this.#number(42, 2), this.#number(first, 4)]);
    return Buffer.concat([order, this.#number(43, 2), this.#number(8, 2), Buffer.alloc(2), this.#number(first, 8)]);
  }

  #number(value: number, byteCount: number): Buffer {
    const bytes = Buffer.alloc(byteCount);
    if (byteCount === 8) bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeUIntLE(value, 0, byteCount);
    return this.#isBigEndian ? bytes.reverse() : bytes;
  }
}
