import { BoxReader } from '../bytes/iso-boxes.js';

/** Recommendation ITU-T H.265, table 7-1: prefix and suffix supplemental information, and filler data. */
const HEVC_SUPPLEMENT: ReadonlySet<number> = new Set([39, 40]);
const HEVC_FILLER = 38;
const FILLER_BYTE = 0xff;
const LAST_BYTE = 0x80;

/**
 * Replaces metadata of encoders and cameras with filler data, in place, so that no offset changes.
 *
 * @param coded - Units of HEVC, each preceded by its length. Changed.
 */
export function blankHevcSupplements(coded: Buffer, lengthBytes: number): void {
  const reader = new BoxReader(coded);
  while (reader.rest().length > 0) {
    blankHevcUnit(reader.take(reader.number(lengthBytes)));
  }
}

/**
 * The same for one unit, without its length.
 *
 * @returns whether it was metadata.
 */
export function blankHevcUnit(unit: Buffer): boolean {
  if (!HEVC_SUPPLEMENT.has(hevcUnitType(unit)) || unit.length < 3) return false;
  unit[0] = ((unit[0] ?? 0) & 0x81) | (HEVC_FILLER << 1);
  unit.fill(FILLER_BYTE, 2, unit.length - 1);
  unit[unit.length - 1] = LAST_BYTE;
  return true;
}

/** The units that all pictures begin with, of a decoder's configuration (ISO/IEC 14496-15, 8.3.2.1), without supplements. */
export function bareHevcConfiguration(body: Buffer): Buffer {
  const headBytes = 22;
  const arrays = splitArrays(body.subarray(headBytes));
  const kept = arrays.filter((array) => !HEVC_SUPPLEMENT.has((array[0] ?? 0) & 0x3f));
  return Buffer.concat([body.subarray(0, headBytes), Buffer.from([kept.length]), ...kept]);
}

function splitArrays(bytes: Buffer): readonly Buffer[] {
  const reader = new BoxReader(bytes);
  return Array.from({ length: reader.number(1) }, () => {
    const start = bytes.length - reader.rest().length;
    reader.number(1);
    for (let left = reader.number(2); left > 0; left -= 1) reader.take(reader.number(2));
    return bytes.subarray(start, bytes.length - reader.rest().length);
  });
}

function hevcUnitType(unit: Buffer): number {
  return ((unit[0] ?? 0) >> 1) & 0x3f;
}

/** AV1 Bitstream & Decoding Process Specification, 5.3 and 6.7. */
const AV1_METADATA = 5;
const AV1_PADDING = 15;
const HAS_EXTENSION = 4;
const HAS_SIZE = 2;

/**
 * The same for AV1: metadata becomes padding, in place.
 *
 * @param coded - Units as in a file, all with their sizes except perhaps the last. Changed.
 */
export function blankAv1Metadata(coded: Buffer): void {
  const reader = new BoxReader(coded);
  while (reader.rest().length > 0) {
    const head = reader.take(1);
    const flags = head[0] ?? 0;
    if ((flags & HAS_EXTENSION) !== 0) reader.take(1);
    const body = reader.take((flags & HAS_SIZE) === 0 ? reader.rest().length : leb128(reader));
    if (((flags >> 3) & 15) !== AV1_METADATA || body.length === 0) continue;
    head[0] = (flags & 0x87) | (AV1_PADDING << 3);
    body.fill(0);
    body[body.length - 1] = LAST_BYTE;
  }
}

function leb128(reader: BoxReader): number {
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = reader.number(1);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if ((byte & 0x80) === 0) break;
  }
  return value;
}
