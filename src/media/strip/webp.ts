import { breaksOff, type ByteSource } from '../bytes/byte-source.js';
import { bareProfile } from './icc-profile.js';
import { orientationBlock } from './orientation.js';
import { type Piece, sizeOf, type StripperOptions } from './pieces.js';

const RIFF_HEAD_BYTES = 12;
/** Header of a frame, before its chunks (https://developers.google.com/speed/webp/docs/riff_container). */
const FRAME_HEAD_BYTES = 16;
const OF_THE_PICTURE: ReadonlySet<string> = new Set(['VP8 ', 'VP8L', 'ALPH', 'ANIM']);
/** Flags in the first byte of VP8X. */
const FLAG = { profile: 0x20, exif: 0x08, xmp: 0x04 } as const;

/** A WebP of the chunks that its decoder needs. @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file. */
export function bareWebp(source: ByteSource, { orientation }: StripperOptions): readonly Piece[] {
  const end = source.read(0, RIFF_HEAD_BYTES).readUInt32LE(4) + 8;
  if (end > source.sizeBytes) throw breaksOff();
  const profile = profileOf(source, end);
  const pieces: Piece[] = [];
  for (const { type, at, sizeBytes } of chunks(source, RIFF_HEAD_BYTES, end)) {
    if (OF_THE_PICTURE.has(type)) pieces.push({ at, sizeBytes: padded(sizeBytes + 8) });
    if (type === 'ANMF') pieces.push(...bareFrame(source, { at, sizeBytes }));
    if (type !== 'VP8X') continue;
    const body = Buffer.from(source.read(at + 8, sizeBytes));
    const flags = (body[0] ?? 0) & ~(FLAG.profile | FLAG.exif | FLAG.xmp);
    body[0] = flags | (profile === undefined ? 0 : FLAG.profile) | (orientation > 1 ? FLAG.exif : 0);
    pieces.push(chunk('VP8X', body));
    if (profile !== undefined) pieces.push(chunk('ICCP', profile));
  }
  if (orientation > 1) pieces.push(chunk('EXIF', orientationBlock(orientation)));
  return [riffHead(sizeOf(pieces)), ...pieces];
}

interface Chunk {
  readonly type: string;
  readonly at: number;
  /** Of its body. */
  readonly sizeBytes: number;
}

function* chunks(source: ByteSource, start: number, end: number): Generator<Chunk, void, void> {
  for (let at = start; at + 8 <= end;) {
    const head = source.read(at, 8);
    const sizeBytes = head.readUInt32LE(4);
    if (at + 8 + sizeBytes > end) throw breaksOff();
    yield { type: head.toString('latin1', 0, 4), at, sizeBytes };
    at += padded(sizeBytes + 8);
  }
}

function bareFrame(source: ByteSource, { at, sizeBytes }: Omit<Chunk, 'type'>): readonly Piece[] {
  const inner: Piece[] = [source.read(at + 8, FRAME_HEAD_BYTES)];
  for (const part of chunks(source, at + 8 + FRAME_HEAD_BYTES, at + 8 + sizeBytes)) {
    if (OF_THE_PICTURE.has(part.type)) inner.push({ at: part.at, sizeBytes: padded(part.sizeBytes + 8) });
  }
  return [head('ANMF', sizeOf(inner)), ...inner];
}

function profileOf(source: ByteSource, end: number): Buffer | undefined {
  for (const { type, at, sizeBytes } of chunks(source, RIFF_HEAD_BYTES, end)) {
    if (type === 'ICCP') return bareProfile(source.read(at + 8, sizeBytes));
  }
  return undefined;
}

function riffHead(sizeBytes: number): Buffer {
  return Buffer.concat([head('RIFF', sizeBytes + 4), Buffer.from('WEBP', 'latin1')]);
}

function chunk(type: string, body: Buffer): Buffer {
  return Buffer.concat([head(type, body.length), body, Buffer.alloc(body.length % 2)]);
}

function head(type: string, sizeBytes: number): Buffer {
  const bytes = Buffer.from(`${type}\0\0\0\0`, 'latin1');
  bytes.writeUInt32LE(sizeBytes, 4);
  return bytes;
}

/** Chunks begin at even offsets. */
function padded(sizeBytes: number): number {
  return sizeBytes + (sizeBytes % 2);
}
