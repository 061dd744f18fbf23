import { crc32, deflateSync, inflateSync } from 'node:zlib';

import { breaksOff, type ByteSource } from '../bytes/byte-source.js';
import { bareProfile } from './icc-profile.js';
import { orientationBlock } from './orientation.js';
import { bigEndian, type Piece, type StripperOptions } from './pieces.js';

const SIGNATURE_BYTES = 8;
const MOST_PROFILE_BYTES = 16 * 1024 * 1024;

/** Chunks that affect the picture (https://www.w3.org/TR/png-3/#11Chunks), including frames of an APNG. */
const OF_THE_PICTURE: ReadonlySet<string> = new Set([
  ...['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'sBIT', 'cICP', 'mDCV', 'mDCv', 'cLLI', 'cLLi'],
  ...['bKGD', 'pHYs', 'acTL', 'fcTL', 'fdAT'],
]);

/** A PNG or APNG of the chunks that its decoder needs. @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file. */
export function* barePng(source: ByteSource, { orientation }: StripperOptions): Generator<Piece, void, void> {
  yield source.read(0, SIGNATURE_BYTES);
  for (let at = SIGNATURE_BYTES; ;) {
    const head = source.read(at, 8);
    const type = head.toString('latin1', 4, 8);
    const sizeBytes = head.readUInt32BE() + 12;
    if (at + sizeBytes > source.sizeBytes || !/^[A-Za-z]{4}$/.test(type)) throw breaksOff();
    if (OF_THE_PICTURE.has(type)) yield { at, sizeBytes };
    if (type === 'IHDR' && orientation > 1) yield chunk('eXIf', orientationBlock(orientation));
    if (type === 'iCCP') {
      const profile = readProfile(source.read(at + 8, sizeBytes - 12));
      if (profile !== undefined)
        yield chunk('iCCP', Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(profile)]));
    }
    if (type === 'IEND') return;
    at += sizeBytes;
  }
}

/** The profile after a name and a compression method. Undefined for an invalid one. */
function readProfile(body: Buffer): Buffer | undefined {
  try {
    return bareProfile(inflateSync(body.subarray(body.indexOf(0) + 2), { maxOutputLength: MOST_PROFILE_BYTES }));
  } catch {
    return undefined;
  }
}

function chunk(type: string, body: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  return Buffer.concat([bigEndian(body.length, 4), content, bigEndian(crc32(content), 4)]);
}
