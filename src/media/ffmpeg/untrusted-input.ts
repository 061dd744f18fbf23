/**
 * The allowed demuxers. None of them opens other files (concat, hls, dash, image2, sdp, …).
 * https://ffmpeg.org/ffmpeg-formats.html, `format_whitelist`; a demuxer with several names is allowed by any of them.
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
  // Single pictures, each read as one stream: none of these demuxers interprets the file name as a pattern.
  'bmp_pipe',
  'j2k_pipe',
  'jpegxl_pipe',
];

/** Pixels of a frame at most, because a tiny file can declare a picture that fills the memory. Enough for 8K. */
const MOST_PIXELS = 50_000_000;

/**
 * Arguments before `-i` for untrusted files: no protocol but `file`, no format that refers to other files, at the top level or
 * nested, and a limit for the size of a frame
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
