import { breaksOff } from '../bytes/byte-source.js';
import { readBoxHead } from '../bytes/iso-boxes.js';

/** Boxes of boxes, and those that say when and how frames are shown (ISO/IEC 14496-12, 8). */
const CONTAINERS: ReadonlySet<string> = new Set(['trak', 'mdia', 'minf', 'stbl', 'edts', 'dinf', 'mvex']);
const OF_THE_FILM: ReadonlySet<string> = new Set([
  ...['mvhd', 'tkhd', 'mdhd', 'hdlr', 'vmhd', 'nmhd', 'smhd', 'dref', 'elst', 'tref', 'trex'],
  ...['stsd', 'stts', 'ctts', 'cslg', 'stsc', 'stsz', 'stco', 'co64', 'stss', 'sdtp', 'sgpd', 'sbgp'],
]);
/** Behind version and flags: when it was made and changed. */
const TIMES: ReadonlySet<string> = new Set(['mvhd', 'tkhd', 'mdhd']);
const HANDLER_BYTES = 24;
/** Of a sample's description: what the program that coded it is called. */
const COMPRESSOR = { from: 50, to: 82 } as const;

/**
 * A film's directory without what is not needed to show it, in place: what is left out becomes room.
 *
 * @param moov - The body of the box. Changed, and given back.
 * @throws {ChatferryError} `CONTENT_MISMATCH` where it breaks off.
 */
export function bareTracks(moov: Buffer): Buffer {
  for (let at = 0; at < moov.length;) {
    const head = readBoxHead(moov.subarray(at));
    if (head === undefined || at + head.sizeBytes > moov.length) throw breaksOff();
    const body = moov.subarray(at + head.headBytes, at + head.sizeBytes);
    if (CONTAINERS.has(head.type)) bareTracks(body);
    else if (OF_THE_FILM.has(head.type)) blank(head.type, body);
    else {
      moov.write('free', at + 4, 'latin1');
      body.fill(0);
    }
    at += head.sizeBytes;
  }
  return moov;
}

function blank(type: string, body: Buffer): void {
  if (TIMES.has(type)) body.fill(0, 4, body[0] === 1 ? 20 : 12);
  if (type === 'hdlr') body.fill(0, HANDLER_BYTES);
  // Behind version, flags and a count: the first description, which all frames share as a rule.
  if (type === 'stsd' && body.length >= 8 + COMPRESSOR.to) body.fill(0, 8 + COMPRESSOR.from, 8 + COMPRESSOR.to);
}
