/**
 * Demuxers for what people send; among them none that opens other files (concat, hls, dash, image2, sdp, …).
 * https://ffmpeg.org/ffmpeg-formats.html, `format_whitelist`; a demuxer with several names counts by any of them.
 */
const FORMATS: readonly string[] = [
  'mov',
  'matroska',
  'ogg',
  'mp3',
  'wav',
  'flac',
  'aac',
  'gif',
  'avi',
  'flv',
  'asf',
  'aiff',
  'amr',
  'mpeg',
  'mpegts',
  'mpegvideo',
  'ac3',
  'caf',
  'ape',
  'wv',
];

/**
 * What stands before `-i` for a file that a stranger may have made: no protocol but the file itself, and no format that
 * names other files, at the top or inside of another.
 */
export const UNTRUSTED_INPUT: readonly string[] = [
  '-protocol_whitelist',
  'file',
  '-format_whitelist',
  FORMATS.join(','),
];
