import { closeSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';

import { runProgram } from '../../children/start-program.js';
import { openOwnFileSync } from '../../disk/own-file-sync.js';
import { isChatferryError } from '../../errors/chatferry-error.js';
import { FileBytes } from '../bytes/byte-source.js';
import type { FrameOptions } from '../film/film.js';
import { BoxReader } from '../bytes/iso-boxes.js';
import { UNTRUSTED_INPUT } from '../ffmpeg/untrusted-input.js';
import { blankHevcUnit } from './coded-units.js';

const WINDOW_BYTES = 4 * 1024 * 1024;
/** Shorter texts reveal nothing, and could match other data by chance. */
const LEAST_BYTES = 16;

/**
 * Overwrites what an encoder wrote into the header of its stream, which ffmpeg copies unchanged: HEVC's supplemental
 * enhancement information, and the comments of Vorbis and Theora in containers other than Ogg. In place: no offset changes.
 *
 * @param file - Written by ffmpeg. Changed.
 * @throws Node's error when it cannot be read or written.
 */
export async function blankCodecHeads({ binaries, signal }: FrameOptions, file: string): Promise<void> {
  const heads = await codecHeads(binaries.ffprobe, file, signal);
  for (const head of heads) {
    for (const blanking of [...supplementsOf(head), ...commentsOf(head)]) blankIn(file, blanking);
  }
}

/** Bytes to search for, and a replacement of the same length. */
interface Blanking {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** As ffprobe prints them: `00000000: 0164 0028 …`, 16 bytes a line. */
async function codecHeads(ffprobe: string, file: string, signal: AbortSignal): Promise<readonly Buffer[]> {
  const what = ['-show_entries', 'stream=extradata', '-show_data', '-of', 'default=nokey=1:noprint_wrappers=0'];
  const { stdout } = await runProgram(
    ffprobe,
    ['-v', 'error', ...UNTRUSTED_INPUT, ...what, '-i', `file:${resolve(file)}`],
    {
      maxBuffer: 16 * 1024 * 1024,
      signal,
    },
  );
  return stdout.split('[/STREAM]').map((text) => {
    const lines = [...text.matchAll(/^[0-9a-f]{8}: ((?:[0-9a-f]{2,4} ){1,8})/gm)].map(([, hex = '']) => hex);
    return Buffer.from(lines.join('').replaceAll(' ', ''), 'hex');
  });
}

/** Length of an HEVC configuration before its units (ISO/IEC 14496-15, 8.3.2.1). */
const HEVC_HEAD_BYTES = 22;

function supplementsOf(head: Buffer): readonly Blanking[] {
  if (head[0] !== 1 || head.length <= HEVC_HEAD_BYTES) return [];
  try {
    const reader = new BoxReader(head.subarray(HEVC_HEAD_BYTES));
    const found: Blanking[] = [];
    for (let arrays = reader.number(1); arrays > 0; arrays -= 1) {
      reader.number(1);
      for (let left = reader.number(2); left > 0; left -= 1) {
        const from = reader.take(reader.number(2));
        const to = Buffer.from(from);
        if (blankHevcUnit(to)) found.push({ from, to });
      }
    }
    return found;
  } catch (error) {
    if (!isChatferryError(error, 'CONTENT_MISMATCH')) throw error;
    return []; // Another codec.
  }
}

/** https://xiph.org/vorbis/doc/v-comment.html: a vendor, then comments, each preceded by its length. */
const COMMENT_MARKS: readonly Buffer[] = ['\x03vorbis', '\x81theora'].map((mark) => Buffer.from(mark, 'latin1'));

function commentsOf(head: Buffer): readonly Blanking[] {
  return COMMENT_MARKS.flatMap((mark) => {
    const start = head.indexOf(mark);
    if (start === -1) return [];
    const blank = Buffer.from(head);
    let at = start + mark.length;
    const blankText = (): void => {
      const end = Math.min(head.length, at + 4 + head.readUInt32LE(at));
      blank.fill(SPACE, at + 4, end);
      at = end;
    };
    blankText();
    if (at + 4 > head.length) return [];
    const count = head.readUInt32LE(at);
    at += 4;
    for (let left = count; left > 0 && at + 4 <= head.length; left -= 1) blankText();
    return [{ from: head.subarray(start, at), to: blank.subarray(start, at) }];
  });
}

const SPACE = 0x20;

function blankIn(path: string, { from, to }: Blanking): void {
  if (from.length < LEAST_BYTES) return;
  const file = openOwnFileSync(path);
  try {
    using source = new FileBytes(path);
    for (let at = 0; at < source.sizeBytes; at += WINDOW_BYTES) {
      const window = source.read(at, Math.min(WINDOW_BYTES + from.length, source.sizeBytes - at));
      for (let found = window.indexOf(from); found !== -1; found = window.indexOf(from, found + 1)) {
        writeSync(file, to, 0, to.length, at + found);
      }
    }
  } finally {
    closeSync(file);
  }
}
