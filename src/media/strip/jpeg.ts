import { breaksOff, type ByteSource } from '../bytes/byte-source.js';
import { bareProfile } from './icc-profile.js';
import { orientationBlock } from './orientation.js';
import { bigEndian, type ByteRange, type Piece, type StripperOptions } from './pieces.js';

const SCAN_BYTES = 64 * 1024;
const PROFILE_MARK = Buffer.from('ICC_PROFILE\0', 'latin1');
const JFIF_MARK = Buffer.from('JFIF\0', 'latin1');
/** JFIF header without its thumbnail. */
const JFIF_BYTES = 14;
const ADOBE_BYTES = 12;
/** Bytes of a profile in one segment, at most. */
const MOST_PROFILE_BYTES = 65_000;
const MARKER = { image: 0xd8, end: 0xd9, scan: 0xda, profile: 0xe2, adobe: 0xee } as const;

/**
 * A JPEG with only the segments that a decoder needs (ITU-T T.81, annex B): tables, frames, scans, color encoding and profile,
 * and orientation. Data after its end is removed: a second picture, a video.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file.
 */
export function* bareJpeg(source: ByteSource, { orientation }: StripperOptions): Generator<Piece, void, void> {
  const { picture, jfif, adobe, profile } = readSegments(source);
  yield Buffer.from([0xff, MARKER.image]);
  if (jfif !== undefined) yield segment(0xe0, jfif);
  if (orientation > 1)
    yield segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), orientationBlock(orientation)]));
  if (profile !== undefined) yield* profileSegments(profile);
  if (adobe !== undefined) yield segment(MARKER.adobe, adobe);
  yield* picture;
}

interface Segments {
  readonly picture: readonly ByteRange[];
  readonly jfif: Buffer | undefined;
  readonly adobe: Buffer | undefined;
  readonly profile: Buffer | undefined;
}

function readSegments(source: ByteSource): Segments {
  const picture: ByteRange[] = [];
  const profile: Buffer[] = [];
  let [jfif, adobe]: (Buffer | undefined)[] = [];
  if (source.read(0, 2).readUInt16BE() !== 0xffd8) throw breaksOff();
  for (let at = 2; ;) {
    const head = source.read(at, 2);
    const marker = head[1] ?? 0;
    if (head[0] !== 0xff) throw breaksOff();
    if (marker === 0xff) {
      at += 1; // Any number of fill bytes may precede a marker.
      continue;
    }
    if (marker === MARKER.end) {
      picture.push({ at, sizeBytes: 2 });
      return { picture, jfif, adobe, profile: assembled(profile) };
    }
    if (isAlone(marker)) {
      at += 2;
      continue;
    }
    const size = source.read(at + 2, 2).readUInt16BE();
    const body = source.read(at + 4, size - 2);
    if (marker === MARKER.scan) {
      const end = endOfScan(source, at + 2 + size);
      picture.push({ at, sizeBytes: end - at });
      at = end;
      continue;
    }
    if (marker === 0xe0 && startsWith(body, JFIF_MARK) && body.length >= JFIF_BYTES) {
      jfif = Buffer.concat([body.subarray(0, JFIF_BYTES - 2), Buffer.alloc(2)]);
    }
    if (marker === MARKER.adobe && body.length >= ADOBE_BYTES) adobe = body.subarray(0, ADOBE_BYTES);
    if (marker === MARKER.profile && startsWith(body, PROFILE_MARK)) profile.push(body.subarray(PROFILE_MARK.length));
    // 0xe0 to 0xef are application segments; from 0xf0 on only comments are defined.
    if (marker < 0xe0) picture.push({ at, sizeBytes: size + 2 });
    at += 2 + size;
  }
}

function isAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= MARKER.image);
}

/** The offset of the next marker that does not belong to the entropy-coded data. */
function endOfScan(source: ByteSource, start: number): number {
  for (let at = start; ;) {
    const block = source.read(at, Math.min(SCAN_BYTES, source.sizeBytes - at));
    if (block.length < 2) throw breaksOff();
    for (let found = block.indexOf(0xff); found !== -1; found = block.indexOf(0xff, found + 1)) {
      const next = block[found + 1];
      if (next === undefined) break;
      const isPixels = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7);
      if (!isPixels) return at + found;
    }
    at += block.length - 1; // A marker may span two blocks.
  }
}

/** Each segment begins with its number and the count of segments. */
function assembled(parts: readonly Buffer[]): Buffer | undefined {
  if (parts.length === 0) return undefined;
  const inOrder = parts.toSorted((one, other) => (one[0] ?? 0) - (other[0] ?? 0));
  return bareProfile(Buffer.concat(inOrder.map((part) => part.subarray(2))));
}

function* profileSegments(profile: Buffer): Generator<Buffer, void, void> {
  const count = Math.ceil(profile.length / MOST_PROFILE_BYTES);
  for (let index = 0; index < count; index += 1) {
    const part = profile.subarray(index * MOST_PROFILE_BYTES, (index + 1) * MOST_PROFILE_BYTES);
    yield segment(MARKER.profile, Buffer.concat([PROFILE_MARK, Buffer.from([index + 1, count]), part]));
  }
}

function segment(marker: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xff, marker]), bigEndian(body.length + 2, 2), body]);
}

function startsWith(body: Buffer, mark: Buffer): boolean {
  return body.subarray(0, mark.length).equals(mark);
}
