import { type ByteSource, MemoryBytes } from '../bytes/byte-source.js';
import type { MediaFacts, Position } from '../../chat/description/media-facts.js';
import { type TiffField, TiffReader } from './tiff-directories.js';

/** When and where a picture was taken. */
export type WhenAndWhere = Pick<MediaFacts, 'takenAt' | 'position'>;

/** EXIF 3.0 (https://www.cipa.jp/std/documents/download_e.html?CIPA_DC-008-2024-E), 4.6.3 to 4.6.6. */
const TAG = {
  exifDirectory: 0x8769,
  gpsDirectory: 0x8825,
  original: 0x9003,
  originalZone: 0x9011,
  digitized: 0x9004,
  digitizedZone: 0x9012,
  latitudeSide: 1,
  latitude: 2,
  longitudeSide: 3,
  longitude: 4,
} as const;

const BLOCK_MARK = Buffer.from('Exif\0\0', 'latin1');

/**
 * Reads when and where a picture was taken from an EXIF block. The result is empty for an unreadable block.
 *
 * @param block - A TIFF, with or without a leading `Exif`.
 */
export function readExif(block: Buffer): WhenAndWhere {
  const hasMark = block.subarray(0, BLOCK_MARK.length).equals(BLOCK_MARK);
  return readTiffExif(new MemoryBytes(hasMark ? block.subarray(BLOCK_MARK.length) : block));
}

/**
 * The same for a TIFF file, whose own directory has EXIF fields. Precedence, highest first: the time when the picture was taken,
 * the time when it was digitized. The time of the last change is not used.
 */
export function readTiffExif(source: ByteSource): WhenAndWhere {
  try {
    const tiff = new TiffReader(source);
    const [first] = tiff.pages();
    const photo = tiff.directoryOf(first?.get(TAG.exifDirectory));
    const gps = tiff.directoryOf(first?.get(TAG.gpsDirectory));
    const text = (tag: number): string | undefined => textOf(photo?.get(tag));
    const takenAt =
      timeOf(text(TAG.original), text(TAG.originalZone)) ?? timeOf(text(TAG.digitized), text(TAG.digitizedZone));
    const angle = (tag: number, sideTag: number, negativeSide: string): number | undefined =>
      degrees(tiff, gps?.get(tag), textOf(gps?.get(sideTag))?.startsWith(negativeSide) === true);
    const position = positionOf(
      angle(TAG.latitude, TAG.latitudeSide, 'S'),
      angle(TAG.longitude, TAG.longitudeSide, 'W'),
    );
    return { ...(takenAt === undefined ? {} : { takenAt }), ...(position === undefined ? {} : { position }) };
  } catch {
    return {};
  }
}

function textOf(field: TiffField | undefined): string | undefined {
  return field?.bytes.toString('latin1').split('\0')[0];
}

/**
 * Converts `2024:05:06 07:08:09`, or the same with ISO's separators, to ISO 8601. Undefined for an invalid time, such as the
 * zeros of a clock that was never set.
 *
 * @param zone - `+02:00` or `Z`, if known.
 */
export function timeOf(text: string | undefined, zone: string | undefined): string | undefined {
  const found = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(text ?? '');
  if (found === null) return undefined;
  const [, year = '', month = '', day = '', hours = '', minutes = '', seconds = ''] = found;
  const iso = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}`;
  return Number.isFinite(Date.parse(`${iso}Z`)) ? `${iso}${zoneOf(zone)}` : undefined;
}

/** `+02:00` or `Z`; empty where there is none. */
function zoneOf(zone: string | undefined): string {
  return /^\s*([+-]\d\d:\d\d|Z)/.exec(zone ?? '')?.[1] ?? '';
}

function positionOf(latitude: number | undefined, longitude: number | undefined): Position | undefined {
  if (latitude === undefined || longitude === undefined) return undefined;
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}

/** Three fractions: degrees, minutes, seconds. Minutes and seconds may be missing. */
function degrees(tiff: TiffReader, field: TiffField | undefined, isNegative: boolean): number | undefined {
  if (field === undefined) return undefined;
  const numbers = tiff.numbersOf(field);
  // A denominator of 0 stands for 0.
  const part = (index: number): number => {
    const [above = 0, below = 0] = numbers.slice(index * 2, index * 2 + 2);
    return below === 0 ? 0 : above / below;
  };
  if (numbers.length < 2 || numbers[1] === 0) return undefined;
  const value = part(0) + part(1) / 60 + part(2) / 3600;
  return Number((isNegative ? -value : value).toFixed(6));
}
