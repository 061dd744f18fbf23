import { ChatferryError } from '../../errors/chatferry-error.js';
import { breaksOff, type ByteSource } from '../bytes/byte-source.js';
import { type BoxPlace, boxPlaces, leadingBoxes } from '../bytes/iso-boxes.js';
import { bareProfile } from './icc-profile.js';
import { bigEndian, type Piece, sizeOf } from './pieces.js';

/** ISO/IEC 15444-1, annex I; ISO/IEC 18181-2, 9. The boxes that affect the picture, without metadata. */
const OF_JPEG_2000: ReadonlySet<string> = new Set(['jP  ', 'ftyp', 'rreq']);
const OF_ITS_HEAD: ReadonlySet<string> = new Set(['ihdr', 'bpcc', 'pclr', 'cmap', 'cdef', 'res ']);
const OF_JPEG_XL: ReadonlySet<string> = new Set(['JXL ', 'ftyp', 'jxll', 'jxlc', 'jxlp', 'jxli']);

/** A JPEG 2000 of the boxes that its decoder needs. @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file. */
export function* bareJpeg2000(source: ByteSource): Generator<Piece, void, void> {
  let hasPixels = false;
  for (const place of leadingBoxes(source)) {
    if (OF_JPEG_2000.has(place.type)) yield rangeOf(place);
    if (place.type === 'jp2h') yield* bareHead(source, place);
    if (place.type !== 'jp2c') continue;
    hasPixels = true;
    const pieces = bareCodestream(source, place);
    yield* [boxHead('jp2c', sizeOf(pieces)), ...pieces];
  }
  if (!hasPixels) throw breaksOff();
}

/** A JPEG XL, in boxes or bare, of what its decoder needs. @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file. */
export function* bareJpegXl(source: ByteSource): Generator<Piece, void, void> {
  if (source.read(0, 2).readUInt16BE() === 0xff0a) {
    yield { at: 0, sizeBytes: source.sizeBytes }; // A bare codestream has no metadata.
    return;
  }
  let hasPixels = false;
  for (const place of leadingBoxes(source)) {
    if (OF_JPEG_XL.has(place.type)) yield rangeOf(place);
    hasPixels ||= place.type === 'jxlc' || place.type === 'jxlp';
  }
  if (!hasPixels) throw breaksOff();
}

function rangeOf({ at, headBytes, bodyBytes }: BoxPlace): Piece {
  return { at, sizeBytes: headBytes + bodyBytes };
}

const ENUMERATED_COLOURS = 1;

function* bareHead(source: ByteSource, head: BoxPlace): Generator<Piece, void, void> {
  const pieces: Piece[] = [];
  for (const place of boxPlaces(source, head)) {
    if (OF_ITS_HEAD.has(place.type)) pieces.push(rangeOf(place));
    if (place.type !== 'colr') continue;
    const body = source.read(place.at + place.headBytes, place.bodyBytes);
    const profile = body[0] === ENUMERATED_COLOURS ? undefined : bareProfile(body.subarray(3));
    if (body[0] === ENUMERATED_COLOURS) pieces.push(rangeOf(place));
    else if (profile !== undefined) pieces.push(boxHead('colr', 3 + profile.length), body.subarray(0, 3), profile);
  }
  yield* [boxHead('jp2h', sizeOf(pieces)), ...pieces];
}

/** ISO/IEC 15444-1, annex A. */
const MARKER = { start: 0xff4f, comment: 0xff64, tile: 0xff90, pixels: 0xff93, end: 0xffd9 } as const;

/** Removes comments from the main header. Removing those of a tile would change offsets in other tiles. */
function bareCodestream(source: ByteSource, { at: boxAt, headBytes, bodyBytes }: BoxPlace): readonly Piece[] {
  const start = boxAt + headBytes;
  const end = start + bodyBytes;
  const pieces: Piece[] = [{ at: start, sizeBytes: 2 }];
  if (source.read(start, 2).readUInt16BE() !== MARKER.start) throw breaksOff();
  let at = start + 2;
  while (at < end) {
    const marker = source.read(at, 2).readUInt16BE();
    if (marker === MARKER.tile) break;
    const sizeBytes = source.read(at + 2, 2).readUInt16BE() + 2;
    if (marker !== MARKER.comment) pieces.push({ at, sizeBytes });
    at += sizeBytes;
  }
  for (let tileAt = at; source.read(tileAt, 2).readUInt16BE() === MARKER.tile;) {
    refuseComments(source, tileAt);
    const sizeBytes = source.read(tileAt + 6, 4).readUInt32BE();
    if (sizeBytes === 0) break; // It extends to the end.
    tileAt += sizeBytes;
    if (tileAt + 2 > end) throw breaksOff();
  }
  return [...pieces, { at, sizeBytes: end - at }];
}

function refuseComments(source: ByteSource, tileAt: number): void {
  for (let at = tileAt; ;) {
    const marker = source.read(at, 2).readUInt16BE();
    if (marker === MARKER.pixels) return;
    if (marker === MARKER.comment) {
      throw new ChatferryError(
        'CONTENT_MISMATCH',
        'The JPEG 2000 has comments among its tiles, where none can be cut out.',
      );
    }
    at += 2 + source.read(at + 2, 2).readUInt16BE();
  }
}

function boxHead(type: string, bodyBytes: number): Buffer {
  return Buffer.concat([bigEndian(bodyBytes + 8, 4), Buffer.from(type, 'latin1')]);
}
