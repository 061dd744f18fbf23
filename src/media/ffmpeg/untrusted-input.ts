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
  'eac3',
  'caf',
  'ape',
  'wv',
  'mpc',
  'mpc8',
  'mxf',
  // Single pictures, each read as one stream: none of them takes a name for a pattern.
  'bmp_pipe',
  'j2k_pipe',
  'jpegxl_pipe',
];

/** Width by height of a frame: a file of some bytes can claim a picture that fills the memory. Enough for 8K. */
const MOST_PIXELS = 50_000_000;

/**
 * What stands before `-i` for a file that a stranger may have made: no protocol but the file itself, and no format that
 * names other files, at the top or inside of another; and no frame larger than anybody films
 * (https://ffmpeg.org/ffmpeg-codecs.html, `max_pixels`).
 */
export const UNTRUSTED_INPUT: readonly string[] = [
  '-protocol_whitelist',
  'file',
  '-format_whitelist',
  FORMATS.join(','),
  '-max_pixels',
  String(MOST_PIXELS),
];
