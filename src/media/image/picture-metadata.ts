import { brotliDecompressSync } from 'node:zlib';

import type { ByteSource } from '../bytes/byte-source.js';
import { type BoxPlace, leadingBoxes } from '../bytes/iso-boxes.js';
import { readExif, readTiffExif, timeOf, type WhenAndWhere } from './exif.js';

/** Metadata of a picture that sharp does not provide. */
export interface PictureMetadata extends WhenAndWhere {
  /** Whether it has several frames, where sharp finds only one. */
  readonly isAnimated?: boolean;
  /** Its ICC color profile. */
  readonly profile?: Buffer;
}

const MOST_BLOCK_BYTES = 16 * 1024 * 1024;
const MOST_CHUNKS = 10_000;

/** @param extension - By its content. The result is empty for a truncated file, and for other formats. */
export function readPictureMetadata(source: ByteSource, extension: string | undefined): PictureMetadata {
  try {
    switch (extension) {
      case 'png':
      case 'apng':
        return isMovingPng(source) ? { isAnimated: true } : {};
      case 'tif':
        return readTiffExif(source);
      case 'jp2':
      case 'jpx':
      case 'jxl':
        return ofBoxes(source);
      case 'avif':
      case 'heic':
      case 'heif':
        return isSequence(source) ? { isAnimated: true } : {};
      default:
        return {};
    }
  } catch {
    return {};
  }
}

/** Whether there is more than one frame, by a chunk before the pixels (https://www.w3.org/TR/png-3/#acTL-chunk). */
function isMovingPng(source: ByteSource): boolean {
  let at = 8;
  for (let count = 0; count < MOST_CHUNKS; count += 1) {
    const head = source.read(at, 8);
    const type = head.toString('latin1', 4, 8);
    if (type === 'acTL') return source.read(at + 8, 4).readUInt32BE() > 1;
    if (type === 'IDAT') return false;
    at += head.readUInt32BE() + 12;
  }
  return false;
}

/** XMP and EXIF are in separate boxes; in JPEG 2000 these are identified by a UUID (as exiftool and Adobe write them). */
const UUIDS: Readonly<Record<string, 'exif' | 'xmp'>> = {
  '4a706754696666457869662d3e4a5032': 'exif', // "JpgTiffExif->JP2"
  be7acfcb97a942e89c71999491e3afac: 'xmp',
};
const UUID_BYTES = 16;

function ofBoxes(source: ByteSource): PictureMetadata {
  let exif: WhenAndWhere = {};
  let xmp: WhenAndWhere = {};
  let profile: Buffer | undefined;
  for (const place of leadingBoxes(source)) {
    if (place.bodyBytes > MOST_BLOCK_BYTES) continue;
    const [type, body] = unpacked(source, place);
    const uuid = type === 'uuid' ? UUIDS[body.toString('hex', 0, UUID_BYTES)] : undefined;
    if (uuid === 'exif') exif = readExif(body.subarray(UUID_BYTES));
    // After a number that gives the offset of the TIFF.
    if (type === 'Exif') exif = readExif(body.subarray(4 + body.readUInt32BE()));
    if (uuid === 'xmp') xmp = readXmp(body.subarray(UUID_BYTES).toString('utf8'));
    if (type === 'xml ') xmp = readXmp(body.toString('utf8'));
    if (type === 'jp2h') profile = jp2Profile(source, place);
  }
  return { ...xmp, ...exif, ...(profile === undefined ? {} : { profile }) };
}

/** A box of JPEG XL may be compressed, preceded by its type (ISO/IEC 18181-2, 9.5). */
function unpacked(source: ByteSource, { type, at, headBytes, bodyBytes }: BoxPlace): readonly [string, Buffer] {
  if (!['uuid', 'Exif', 'xml ', 'brob'].includes(type)) return [type, Buffer.alloc(0)];
  const body = source.read(at + headBytes, bodyBytes);
  if (type !== 'brob') return [type, body];
  const inner = brotliDecompressSync(body.subarray(4), { maxOutputLength: MOST_BLOCK_BYTES });
  return [body.toString('latin1', 0, 4), inner];
}

/** ISO/IEC 15444-1, annex I.5.3.3, and 15444-2 for profiles of any kind. */
const RESTRICTED_PROFILE = 2;
const ANY_PROFILE = 3;

function jp2Profile(source: ByteSource, head: BoxPlace): Buffer | undefined {
  for (const { type, at, headBytes, bodyBytes } of leadingBoxes(source, head)) {
    if (type !== 'colr') continue;
    const body = source.read(at + headBytes, bodyBytes);
    if (body[0] === RESTRICTED_PROFILE || body[0] === ANY_PROFILE) return body.subarray(3);
  }
  return undefined;
}

/** A track with more than one picture (ISO/IEC 23008-12, section 7). */
function isSequence(source: ByteSource): boolean {
  const inside = (places: Iterable<BoxPlace>, type: string): readonly BoxPlace[] =>
    [...places].filter((place) => place.type === type);
  let found = inside(leadingBoxes(source), 'moov');
  for (const type of ['trak', 'mdia', 'minf', 'stbl', 'stsz']) {
    found = found.flatMap((place) => inside(leadingBoxes(source, place), type));
  }
  // Version and flags, the common size, the count.
  return found.some(({ at, headBytes }) => source.read(at + headBytes + 8, 4).readUInt32BE() > 1);
}

/**
 * Reads when a picture was taken from its XMP: from an attribute or an element. It looks for the usual prefixes of Adobe's
 * specification and does not resolve namespaces (https://github.com/adobe/xmp-docs).
 */
export function readXmp(text: string): WhenAndWhere {
  for (const name of ['exif:DateTimeOriginal', 'photoshop:DateCreated', 'xmp:CreateDate']) {
    const value = new RegExp(`${name}(?:\\s*=\\s*["']|>\\s*)([0-9T:+.Z-]{19,35})`).exec(text)?.[1];
    const takenAt = timeOf(value, value?.slice(19).replace(/^\.\d+/, ''));
    if (takenAt !== undefined) return { takenAt };
  }
  return {};
}
