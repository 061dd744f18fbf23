import { ChatferryError, isChatferryError } from '../../errors/chatferry-error.js';
import { breaksOff, type ByteSource } from './byte-source.js';

/** One box of a file in the ISO base media file format (ISO/IEC 14496-12, section 4.2). */
export interface Box {
  /** Four characters. */
  readonly type: string;
  /** A view of its content. */
  readonly body: Buffer;
}

export interface BoxHead {
  readonly type: string;
  readonly headBytes: number;
  /** Including its header. Infinity for a box that extends to the end of the file. */
  readonly sizeBytes: number;
}

/** Enough for every header. */
export const BOX_HEAD_BYTES = 16;

/** @returns undefined for an incomplete header, or one that declares a box smaller than the header. */
export function readBoxHead(bytes: Buffer): BoxHead | undefined {
  if (bytes.length < 8) return undefined;
  const size = bytes.readUInt32BE(0);
  const type = bytes.toString('latin1', 4, 8);
  if (size === 0) return { type, headBytes: 8, sizeBytes: Infinity };
  if (size !== 1) return size < 8 ? undefined : { type, headBytes: 8, sizeBytes: size };
  if (bytes.length < BOX_HEAD_BYTES) return undefined;
  const sizeBytes = Number(bytes.readBigUInt64BE(8));
  return sizeBytes < BOX_HEAD_BYTES ? undefined : { type, headBytes: BOX_HEAD_BYTES, sizeBytes };
}

/** Consecutive boxes; the last one is truncated where the bytes end. */
export function boxesOf(bytes: Buffer): readonly Box[] {
  const boxes: Box[] = [];
  for (let rest = bytes; ;) {
    const head = readBoxHead(rest);
    if (head === undefined) return boxes;
    boxes.push({ type: head.type, body: rest.subarray(head.headBytes, head.sizeBytes) });
    if (head.sizeBytes >= rest.length) return boxes;
    rest = rest.subarray(head.sizeBytes);
  }
}

/** The position of a box in a file. */
export interface BoxPlace {
  readonly type: string;
  /** Offset of its header. */
  readonly at: number;
  readonly headBytes: number;
  readonly bodyBytes: number;
}

const MOST_BOXES = 10_000;

/**
 * The boxes of a file, or those inside another box, without their content.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` where one extends beyond the end.
 */
export function* boxPlaces(source: ByteSource, inside?: BoxPlace): Generator<BoxPlace, void, void> {
  let at = inside === undefined ? 0 : inside.at + inside.headBytes;
  const end = inside === undefined ? source.sizeBytes : at + inside.bodyBytes;
  for (let count = 0; at < end; count += 1) {
    const head = readBoxHead(source.read(at, Math.min(BOX_HEAD_BYTES, end - at)));
    const sizeBytes = Math.min(head?.sizeBytes ?? 0, head?.sizeBytes === Infinity ? end - at : Infinity);
    if (head === undefined || at + sizeBytes > end || count > MOST_BOXES) throw breaksOff();
    yield { type: head.type, at, headBytes: head.headBytes, bodyBytes: sizeBytes - head.headBytes };
    at += sizeBytes;
  }
}

/** The same up to the first incomplete box: other data may follow, or the file may be truncated. */
export function* leadingBoxes(source: ByteSource, inside?: BoxPlace): Generator<BoxPlace, void, void> {
  try {
    yield* boxPlaces(source, inside);
  } catch (error) {
    if (!isChatferryError(error, 'CONTENT_MISMATCH')) throw error;
  }
}

/** Reads the numbers of a box: unsigned, big-endian. */
export class BoxReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A number of the given length in bytes; 0 for length 0. @throws {ChatferryError} `CONTENT_MISMATCH` where the box is shorter. */
  number(byteCount: number): number {
    return this.take(byteCount).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Four characters. @throws {ChatferryError} `CONTENT_MISMATCH` where the box is shorter. */
  type(): string {
    return this.take(4).toString('latin1');
  }

  /** A view of the next bytes. @throws {ChatferryError} `CONTENT_MISMATCH` where the box is shorter. */
  take(byteCount: number): Buffer {
    const end = this.#position + byteCount;
    if (end > this.#bytes.length) throw new ChatferryError('CONTENT_MISMATCH', 'A box ends in the middle.');
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }

  /** Version and flags, the start of a full box. */
  versionAndFlags(): { readonly version: number; readonly flags: number } {
    return { version: this.number(1), flags: this.number(3) };
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#position);
  }
}
