import { ChatferryError } from '../../errors/chatferry-error.js';
import type { ByteSource } from '../bytes/byte-source.js';

/** One field of a directory. */
export interface TiffField {
  readonly tag: number;
  /** TIFF 6.0, section 2: 1 byte, 2 text, 3 short, 4 long, 5 two longs, … */
  readonly type: number;
  /** Number of values, not of bytes. */
  readonly count: number;
  /** In the byte order of the file. */
  readonly bytes: Buffer;
}

export type TiffDirectory = ReadonlyMap<number, TiffField>;

/** Sizes by type. 13 is the offset of a directory, 16 to 18 are BigTIFF's. */
const VALUE_BYTES: readonly number[] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const MOST_DIRECTORIES = 4096;
const MOST_FIELD_BYTES = 64 * 1024 * 1024;

/**
 * Reads the directories of a TIFF (TIFF 6.0; BigTIFF, as libtiff describes it): the properties of pictures and
 * their offsets. An EXIF block has the same form.
 */
export class TiffReader {
  readonly isBigEndian: boolean;
  /** Of 64 bits. */
  readonly isBig: boolean;
  readonly #source: ByteSource;
  readonly #first: number;

  /** @throws {ChatferryError} `CONTENT_MISMATCH` if it is no TIFF. */
  constructor(source: ByteSource) {
    this.#source = source;
    const head = source.read(0, 8);
    const order = head.toString('latin1', 0, 2);
    this.isBigEndian = order === 'MM';
    const version = this.#number(head.subarray(2, 4));
    if (!['II', 'MM'].includes(order) || (version !== 42 && version !== 43)) throw broken('has no head of a TIFF');
    this.isBig = version === 43;
    this.#first = this.#number(this.isBig ? source.read(8, 8) : head.subarray(4, 8));
  }

  /** The chain of directories, one for each page. */
  *pages(): Generator<TiffDirectory, void, void> {
    const seen = new Set<number>();
    for (let at = this.#first; at !== 0;) {
      if (seen.has(at) || seen.size > MOST_DIRECTORIES) throw broken('has pages without an end');
      seen.add(at);
      const { fields, next } = this.#directory(at);
      yield fields;
      at = next;
    }
  }

  /** The directory that a field points to. Undefined without such a field. */
  directoryOf(field: TiffField | undefined): TiffDirectory | undefined {
    const [at] = field === undefined ? [] : this.numbersOf(field);
    return at === undefined ? undefined : this.#directory(at).fields;
  }

  /** Unsigned integers. For fractions: numerators and denominators. */
  numbersOf({ type, bytes }: TiffField): readonly number[] {
    const valueBytes = type === 5 || type === 10 ? 4 : (VALUE_BYTES[type] ?? 1);
    return Array.from({ length: Math.floor(bytes.length / valueBytes) }, (_, index) =>
      this.#number(bytes.subarray(index * valueBytes, (index + 1) * valueBytes)),
    );
  }

  #directory(at: number): { readonly fields: TiffDirectory; readonly next: number } {
    const [ofCount, ofEntry, ofPlace] = this.isBig ? [8, 20, 8] : [2, 12, 4];
    const count = this.#number(this.#source.read(at, ofCount));
    const entries = this.#source.read(at + ofCount, count * ofEntry);
    const fields = new Map<number, TiffField>();
    for (let start = 0; start < entries.length; start += ofEntry) {
      const field = this.#field(entries.subarray(start, start + ofEntry), ofPlace);
      if (field !== undefined) fields.set(field.tag, field);
    }
    // A block may end without the offset 0 that marks the last directory.
    const end = at + ofCount + entries.length;
    const next = end + ofPlace > this.#source.sizeBytes ? 0 : this.#number(this.#source.read(end, ofPlace));
    return { fields, next };
  }

  /** Undefined for a field of an unknown type, or whose values are outside of the file. */
  #field(entry: Buffer, ofPlace: number): TiffField | undefined {
    const tag = this.#number(entry.subarray(0, 2));
    const type = this.#number(entry.subarray(2, 4));
    const count = this.#number(entry.subarray(4, 4 + ofPlace));
    const sizeBytes = (VALUE_BYTES[type] ?? 0) * count;
    const value = entry.subarray(4 + ofPlace);
    if (sizeBytes === 0 || sizeBytes > MOST_FIELD_BYTES) return undefined;
    if (sizeBytes <= ofPlace) return { tag, type, count, bytes: value.subarray(0, sizeBytes) };
    const place = this.#number(value);
    if (place + sizeBytes > this.#source.sizeBytes) return undefined;
    return { tag, type, count, bytes: this.#source.read(place, sizeBytes) };
  }

  #number(bytes: Buffer): number {
    if (bytes.length === 8) return Number(this.isBigEndian ? bytes.readBigUInt64BE() : bytes.readBigUInt64LE());
    return this.isBigEndian ? bytes.readUIntBE(0, bytes.length) : bytes.readUIntLE(0, bytes.length);
  }
}

function broken(what: string): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', `The TIFF ${what}.`);
}
