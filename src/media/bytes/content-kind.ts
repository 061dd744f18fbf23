import type { FileHandle } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';

import { fileTypeFromBuffer, fileTypeFromFile, supportedMimeTypes } from 'file-type';

import type { ContentKind } from '../../chat/description/content-kind.js';
import { openForReading, type ReadingOptions } from '../../disk/read-file.js';
import { findFrames, isEac3, readMpegFrame } from './audio-frames.js';

/** How far into a file to search for the first audio frame, where other bytes precede it. */
const LONGEST_JUNK_BYTES = 64 * 1024;
/** How much of the end of such a file is checked for frames. */
const TAIL_BYTES = 32 * 1024;
/** This many frames in a row are no coincidence. */
const FRAMES_AT_START = 5;
const FRAMES_AT_END = 3;

/** Enough for every signature, and for the first element of an SVG after its prologue. */
const HEAD_BYTES = 4096;
/** Enough for the first keys of a Lottie animation. */
const STICKER_HEAD_BYTES = 256;

const TGS_MIME = 'application/x-tgsticker';
const ZIP_FAMILY: ReadonlySet<string> = new Set(['application/zip', 'application/x-cfb', 'application/gzip']);

/**
 * Identifies a file by its first bytes; for containers such as Matroska or Office documents it reads a little further. For a
 * container that can hold audio or video the result is the more likely one; {@link contentByStreams} decides.
 *
 * @throws {ChatferryError} `FILE_SYSTEM` if it is no regular file. Node's error when the file cannot be read.
 */
export async function readContentKind(path: string, options: ReadingOptions = {}): Promise<ContentKind> {
  const head = await readHead(path, options);
  if (head.length === 0) return { kind: 'empty', mimeType: 'application/octet-stream' };
  if (isSvg(head)) return { kind: 'image', mimeType: 'image/svg+xml', extension: 'svg' };
  if (isAnimatedSticker(head)) return { kind: 'animated-sticker', mimeType: TGS_MIME, extension: 'tgs' };
  if (isLongWave(head)) return { kind: 'audio', mimeType: 'audio/wav', extension: 'wav' };
  if (isCoreAudio(head)) return { kind: 'audio', mimeType: 'audio/x-caf', extension: 'caf' };
  if (isEac3(head)) return { kind: 'audio', mimeType: 'audio/eac3', extension: 'eac3' };
  const type = await typeOf(path, head);
  if (type !== undefined) return { kind: kindOf(type.mime), mimeType: type.mime, extension: type.ext };
  if (await isMp3BehindJunk(path)) return { kind: 'audio', mimeType: 'audio/mpeg', extension: 'mp3' };
  return isText(head)
    ? { kind: 'document', mimeType: 'text/plain' }
    : { kind: 'document', mimeType: 'application/octet-stream' };
}

async function readHead(path: string, options: ReadingOptions): Promise<Buffer> {
  await using file = await openForReading(path, options);
  return await readPiece(file, 0, HEAD_BYTES);
}

async function readPiece(file: FileHandle, at: number, most: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, at);
  return buffer.subarray(0, bytesRead);
}

/** A WAV that can exceed 4 GB (EBU Tech 3306; ITU-R BS.2088). */
function isLongWave(head: Buffer): boolean {
  return ['RF64', 'BW64'].includes(head.toString('latin1', 0, 4)) && head.toString('latin1', 8, 12) === 'WAVE';
}

/** Apple's Core Audio Format: its signature and its only version. */
function isCoreAudio(head: Buffer): boolean {
  return head.toString('latin1', 0, 6) === 'caff\0\x01';
}

/** Requires frames at the end as well: a file that only contains an MP3 is something else. */
async function isMp3BehindJunk(path: string): Promise<boolean> {
  await using file = await openForReading(path, { mayBeLink: true });
  const { size } = await file.stat();
  // Long enough to include the frames that follow the last possible first one.
  const start = await readPiece(file, 0, LONGEST_JUNK_BYTES + TAIL_BYTES);
  const at = findFrames(start, readMpegFrame, { count: FRAMES_AT_START });
  if (at === undefined || at > LONGEST_JUNK_BYTES) return false;
  const end = await readPiece(file, Math.max(at, size - TAIL_BYTES), TAIL_BYTES);
  return findFrames(end, readMpegFrame, { count: FRAMES_AT_END }) !== undefined;
}

/** Formats that the first bytes identify. Other signatures may belong to a container. */
const TOLD_BY_THEIR_HEAD: ReadonlySet<string> = new Set(['image/jpeg', 'image/webp', 'image/gif']);

async function typeOf(path: string, head: Buffer): Promise<{ mime: string; ext: string } | undefined> {
  const first = await fileTypeFromBuffer(head).catch(() => undefined);
  if (first !== undefined && TOLD_BY_THEIR_HEAD.has(first.mime)) return first;
  // A truncated container is still identified by its start.
  const type = await fileTypeFromFile(path).catch(() => first);
  return type ?? (isTiff(head) ? { mime: 'image/tiff', ext: 'tif' } : undefined);
}

/** The directory is usually at the end, so a truncated file has none (TIFF 6.0, section 2). */
function isTiff(head: Buffer): boolean {
  return ['49492a00', '4d4d002a'].includes(head.toString('hex', 0, 4));
}

function kindOf(mimeType: string): ContentKind['kind'] {
  if (ZIP_FAMILY.has(mimeType) || !supportedMimeTypes.has(mimeType)) return 'document';
  if (mimeType === 'application/mp4' || mimeType === 'application/ogg') return 'video';
  if (mimeType === 'application/mxf') return 'video';
  const [family = ''] = mimeType.split('/');
  // Files of drawing programs are documents: nothing here can display them.
  if (family === 'image') return /vnd\.|djv|x-icon|icns|ktx|jxr|x-(?!ms-bmp)/.test(mimeType) ? 'document' : 'image';
  return family === 'video' || family === 'audio' ? family : 'document';
}

/**
 * Whether the first element is `svg`, after an XML prologue (https://www.w3.org/TR/xml/#sec-prolog-dtd). The prologue is removed
 * piece by piece: a single pattern would backtrack over every way to split a row of comments.
 */
function isSvg(head: Buffer): boolean {
  let rest = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  for (let length = prologueLength(rest); length > 0; length = prologueLength(rest)) {
    rest = rest.slice(length).trimStart();
  }
  return /^<(?:\w{1,20}:)?svg[\s>/]/i.test(rest);
}

/** Length of the first piece of a prologue; 0 where there is no complete one. */
function prologueLength(text: string): number {
  const lengthTo = (end: string): number => (text.includes(end) ? text.indexOf(end) + end.length : 0);
  if (text.startsWith('<?')) return lengthTo('?>');
  if (text.startsWith('<!--')) return lengthTo('-->');
  if (!/^<!DOCTYPE\s/i.test(text)) return 0;
  // An internal subset is in brackets, and contains `>`.
  const isSimple = text.indexOf('>') < (text.includes('[') ? text.indexOf('[') : Infinity);
  if (isSimple) return lengthTo('>');
  const end = /\]\s{0,20}>/.exec(text);
  return end === null ? 0 : end.index + end[0].length;
}

/** A gzipped Lottie animation, like Telegram's .tgs (https://core.telegram.org/stickers#animated-stickers). */
function isAnimatedSticker(head: Buffer): boolean {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return false;
  try {
    const text = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 20 })
      .subarray(0, STICKER_HEAD_BYTES)
      .toString('latin1');
    return /^\s*\{\s*"(?:tgs|v|nm|ddd|fr|ip|op|w|h|layers|assets|meta)"\s*:/.test(text);
  } catch {
    return false;
  }
}

function isText(head: Buffer): boolean {
  return !head.includes(0) && !head.toString('utf8').slice(0, -4).includes('\uFFFD');
}
