import { ChatferryError } from '../../errors/chatferry-error.js';
import {
  type AudioFrameReader,
  findFrames,
  readAdtsFrame,
  readDolbyFrame,
  readMpegFrame,
} from '../bytes/audio-frames.js';
import { breaksOff, type ByteSource } from '../bytes/byte-source.js';
import type { ByteRange, Piece } from './pieces.js';

/** Longer than any frame, and short enough to be buffered. */
const WINDOW_BYTES = 64 * 1024;
/** This many in a row are no coincidence. */
const FRAMES_IN_A_ROW = 3;

/** Frame readers by extension, for formats that consist of frames only. */
export const FRAME_READERS: Readonly<Record<string, AudioFrameReader>> = {
  mp3: readMpegFrame,
  mp2: readMpegFrame,
  mp1: readMpegFrame,
  aac: readAdtsFrame,
  ac3: readDolbyFrame,
  eac3: readDolbyFrame,
};

/**
 * The frames of an audio file, without any tags before, between or after them.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` where there are none.
 */
export function* onlyFrames(source: ByteSource, read: AudioFrameReader): Generator<ByteRange, void, void> {
  let at = startOfFrames(source, read, 0);
  if (at === undefined) throw new ChatferryError('CONTENT_MISMATCH', 'No frames of sound were found in it.');
  let run = { at, sizeBytes: 0 };
  while (at !== undefined) {
    const window = source.read(at, Math.min(WINDOW_BYTES, source.sizeBytes - at));
    let place = 0;
    for (let frame = read(window, 0); frame !== undefined; frame = read(window, place)) {
      if (place + frame.sizeBytes > window.length) break;
      place += frame.sizeBytes;
      run.sizeBytes += frame.sizeBytes;
    }
    at += place;
    if (place > 0) continue;
    if (run.sizeBytes > 0) yield run;
    at = at >= source.sizeBytes ? undefined : startOfFrames(source, read, at + 1);
    if (at !== undefined) run = { at, sizeBytes: 0 };
  }
}

/** The offset where frames continue: enough consecutive ones not to be a coincidence. */
function startOfFrames(source: ByteSource, read: AudioFrameReader, from: number): number | undefined {
  for (let at = from; at < source.sizeBytes; at += WINDOW_BYTES / 2) {
    const window = source.read(at, Math.min(WINDOW_BYTES, source.sizeBytes - at));
    const found = findFrames(window, read, { count: FRAMES_IN_A_ROW });
    if (found !== undefined) return at + found;
  }
  return undefined;
}

/** https://www.rfc-editor.org/rfc/rfc9639, section 8. */
const FLAC_MARK = Buffer.from('fLaC', 'latin1');
const LAST_BLOCK = 0x80;
const FLAC_BLOCK = { streamInfo: 0, seekTable: 3 } as const;

/** A FLAC with only the blocks that a decoder needs. @throws {ChatferryError} `CONTENT_MISMATCH` for a truncated file. */
export function bareFlac(source: ByteSource): readonly Piece[] {
  const start = endOfId3(source);
  const end = startOfTrailingTags(source);
  if (!source.read(start, 4).equals(FLAC_MARK)) throw breaksOff();
  const blocks: Buffer[] = [];
  let at = start + 4;
  for (let flags = 0; (flags & LAST_BLOCK) === 0;) {
    const head = source.read(at, 4);
    flags = head[0] ?? 0;
    const sizeBytes = head.readUIntBE(1, 3) + 4;
    const type = flags & ~LAST_BLOCK;
    if (type === FLAC_BLOCK.streamInfo || type === FLAC_BLOCK.seekTable) {
      blocks.push(Buffer.from(source.read(at, sizeBytes)));
    }
    at += sizeBytes;
  }
  if (at > end) throw breaksOff();
  for (const [index, block] of blocks.entries()) {
    block[0] = ((block[0] ?? 0) & ~LAST_BLOCK) | (index === blocks.length - 1 ? LAST_BLOCK : 0);
  }
  return [FLAC_MARK, ...blocks, { at, sizeBytes: end - at }];
}

/** An audio file without the tags before and after the audio. */
export function withoutTags(source: ByteSource): readonly Piece[] {
  const start = endOfId3(source);
  return [{ at: start, sizeBytes: startOfTrailingTags(source) - start }];
}

/** ID3v2 (https://id3.org/id3v2.4.0-structure, 3.1): there may be several. */
function endOfId3(source: ByteSource): number {
  for (let at = 0; ;) {
    if (at + 10 > source.sizeBytes) return at;
    const head = source.read(at, 10);
    if (head.toString('latin1', 0, 3) !== 'ID3') return at;
    const hasFoot = ((head[5] ?? 0) & 0x10) !== 0;
    at += 10 + synchsafe(head.subarray(6, 10)) + (hasFoot ? 10 : 0);
  }
}

function synchsafe(bytes: Buffer): number {
  return bytes.reduce((value, byte) => value * 128 + (byte & 0x7f), 0);
}

/** ID3v1 (128 bytes, preceded by 227 if extended), APE (https://wiki.hydrogenaudio.org/index.php?title=APEv2_specification), Lyrics3, ID3v2 with a footer. */
function startOfTrailingTags(source: ByteSource): number {
  let end = source.sizeBytes;
  for (let size = trailingTagBytes(source, end); size > 0 && size <= end; size = trailingTagBytes(source, end))
    end -= size;
  return end;
}

function trailingTagBytes(source: ByteSource, end: number): number {
  const tail = (byteCount: number): Buffer =>
    byteCount > end ? Buffer.alloc(0) : source.read(end - byteCount, byteCount);
  if (tail(128).toString('latin1', 0, 3) === 'TAG') return 128;
  if (tail(227).toString('latin1', 0, 4) === 'TAG+') return 227;
  const ape = tail(32);
  if (ape.toString('latin1', 0, 8) === 'APETAGEX') {
    const hasHead = ape.readUInt32LE(20) >= 0x80000000;
    return ape.readUInt32LE(12) + (hasHead ? 32 : 0);
  }
  const lyrics = tail(15).toString('latin1');
  if (lyrics.endsWith('LYRICS200')) return Number(lyrics.slice(0, 6)) + 15;
  const foot = tail(10);
  return foot.toString('latin1', 0, 3) === '3DI' ? synchsafe(foot.subarray(6, 10)) + 20 : 0;
}
