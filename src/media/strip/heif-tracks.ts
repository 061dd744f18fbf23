import { breaksOff } from '../bytes/byte-source.js';
import { readBoxHead } from '../bytes/iso-boxes.js';

/** Container boxes, and boxes that define when and how frames are displayed (ISO/IEC 14496-12, 8). */
const CONTAINERS: ReadonlySet<string> = new Set(['trak', 'mdia', 'minf', 'stbl', 'edts', 'dinf', 'mvex']);
const OF_THE_FILM: ReadonlySet<string> = new Set([
  ...['mvhd', 'tkhd', 'mdhd', 'hdlr', 'vmhd', 'nmhd', 'smhd', 'dref', 'elst', 'tref', 'trex'],
  ...['stsd', 'stts', 'ctts', 'cslg', 'stsc', 'stsz', 'stco', 'co64', 'stss', 'sdtp', 'sgpd', 'sbgp'],
]);
/** After version and flags: creation and modification time. */
const TIMES: ReadonlySet<string> = new Set(['mvhd', 'tkhd', 'mdhd']);
const HANDLER_BYTES = 24;
/** In a sample description: the name of the encoder. */
const COMPRESSOR = { from: 50, to: 82 } as const;

/**
 * Removes from a movie box what playback does not need, in place: removed boxes become free space.
 *
 * @param moov - The body of the box. Changed, and returned.
 * @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file.
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
  // After version, flags and a count: the first description, which usually all frames share.
  if (type === 'stsd' && body.length >= 8 + COMPRESSOR.to) body.fill(0, 8 + COMPRESSOR.from, 8 + COMPRESSOR.to);
}
