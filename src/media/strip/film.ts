import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { removeOwnFile } from '../../disk/own-file.js';
import { readWhole } from '../../disk/read-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { FrameOptions } from '../film/film.js';
import { videoStreamOf } from '../film/film.js';
import { runFfmpeg } from '../ffmpeg/ffmpeg.js';
import { probeMedia } from '../ffmpeg/ffprobe.js';
import { UNTRUSTED_INPUT } from '../ffmpeg/untrusted-input.js';
import { blankCodecHeads } from './codec-head.js';

/**
 * Units of a video stream that are no pictures (https://ffmpeg.org/ffmpeg-bitstream-filters.html, `filter_units`): H.264's and
 * HEVC's supplemental information, MPEG-2's user data, AV1's metadata and padding.
 */
const UNITS_BESIDE: Readonly<Record<string, string>> = { h264: '6', hevc: '39-40', mpeg2video: '178', av1: '5|15' };

/** Codecs in which a camera may write text between pictures, and nothing can be removed. */
const CANNOT_BE_CUT: Readonly<Record<string, string>> = {
  mjpeg: 'Motion JPEG',
};

/** Muxers by extension, where ffmpeg does not know the extension. */
const MUXERS: Readonly<Record<string, string>> = {
  m4a: 'ipod',
  m4b: 'ipod',
  oga: 'ogg',
  ogx: 'ogg',
  qt: 'mov',
  mka: 'matroska',
  mts: 'mpegts',
  m2ts: 'mpegts',
  mpg: 'vob',
  mpeg: 'vob',
  wma: 'asf',
  wmv: 'asf',
  aiff: 'aiff',
  aif: 'aiff',
};

const OGG: ReadonlySet<string> = new Set(['ogg', 'oga', 'ogv', 'ogx', 'opus', 'spx']);

/** Frames that are compared. */
const COMPARED_FRAMES = 60;

/**
 * Copies the video and audio streams with ffmpeg: without tags, chapters, covers, subtitles and data, and without what the
 * encoder or the camera wrote between pictures.
 *
 * @param output - Including the extension.
 * @throws {ChatferryError} `CONTENT_MISMATCH` when it cannot be written in its own container, or the pictures differ;
 *   `TIMEOUT`.
 */
export async function stripStreams(options: FrameOptions, extension: string, output: string): Promise<number> {
  const { binaries, path, signal, onStart } = options;
  const codec = videoStreamOf(await probeMedia(binaries, path, { signal }))?.codec_name ?? '';
  const cannot = CANNOT_BE_CUT[codec];
  if (cannot !== undefined) {
    throw new ChatferryError('CONTENT_MISMATCH', `What a camera writes into ${cannot} cannot be cut out.`);
  }
  const units = UNITS_BESIDE[codec];
  const muxer = MUXERS[extension];
  await runFfmpeg(binaries, {
    inputs: [{ path, arguments: UNTRUSTED_INPUT }],
    arguments: [
      ...['-map', '0:V?'], // No cover pictures: they can have metadata, too.
      ...['-map', '0:a?', '-map_metadata', '-1', '-map_chapters', '-1', '-c', 'copy'],
      ...(units === undefined ? [] : ['-bsf:v', `filter_units=remove_types=${units}`]),
      // No name of the writing program, and no checksum of earlier content.
      ...['-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact'],
      ...(extension === 'wav' ? ['-rf64', 'auto'] : []),
      ...(muxer === undefined ? [] : ['-f', muxer]),
    ],
    output,
    signal,
    ...(onStart === undefined ? {} : { onStart }),
  });
  try {
    // In Ogg ffmpeg has rewritten the comments, and pages have checksums.
    if (!OGG.has(extension)) await blankCodecHeads(options, output);
    if (units !== undefined) await expectSamePictures(options, output);
  } catch (error) {
    await removeOwnFile(output);
    throw error;
  }
  return (await stat(output)).size;
}

/** The removed units may have marked random access points. Checks that a decoder does not need them. */
async function expectSamePictures(options: FrameOptions, output: string): Promise<void> {
  const [before, after] = [await picturesOf(options, options.path), await picturesOf(options, output)];
  if (before.length === after.length && before.every((sum, index) => sum === after[index])) return;
  const message = 'Without what is written between its pictures it would not show the same.';
  throw new ChatferryError('CONTENT_MISMATCH', message);
}

/** Checksums of the first decoded pictures. */
async function picturesOf(
  { binaries, workFolder, signal, onStart }: FrameOptions,
  path: string,
): Promise<readonly string[]> {
  const sums = join(workFolder, 'pictures.md5');
  try {
    await runFfmpeg(binaries, {
      inputs: [{ path, arguments: [...UNTRUSTED_INPUT, '-threads', '1'] }],
      arguments: ['-map', '0:V:0', '-frames:v', String(COMPARED_FRAMES), '-threads', '1', '-f', 'framemd5'],
      output: sums,
      signal,
      ...(onStart === undefined ? {} : { onStart }),
    });
    const lines = (await readWhole(sums))
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    return lines.map((line) => line.split(',').at(-1) ?? '');
  } finally {
    await removeOwnFile(sums);
  }
}
