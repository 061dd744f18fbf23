import { resolve } from 'node:path';

import { z } from 'zod';

import { runProgram } from '../../children/start-program.js';
import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import type { FfmpegBinaries } from './ffmpeg-binaries.js';
import { systemRefusal } from './tool-failure.js';
import { UNTRUSTED_INPUT } from './untrusted-input.js';

const streamSchema = z
  .object({
    codec_type: z.string(),
    codec_name: z.string().optional(),
    width: z.number().optional(),
    height: z.number().optional(),
    sample_aspect_ratio: z.string().optional(),
    tags: z.record(z.string(), z.string()).optional(),
    disposition: z.record(z.string(), z.number()).optional(),
    side_data_list: z.array(z.looseObject({ rotation: z.number().optional() })).optional(),
  })
  .readonly();

const answerSchema = z.object({
  streams: z.array(streamSchema),
  format: z.object({
    format_name: z.string(),
    duration: z.coerce.number().optional(),
    tags: z.record(z.string(), z.string()).optional(),
  }),
});

/** One stream of a file, in ffprobe's words. */
export interface MediaStream {
  /** `video`, `audio`, `subtitle`, … */
  readonly codec_type: string;
  readonly codec_name?: string | undefined;
  /** Pixels. */
  readonly width?: number | undefined;
  /** Pixels. */
  readonly height?: number | undefined;
  /** Width by height of one pixel: `16:15`; `0:1` where it is not said. */
  readonly sample_aspect_ratio?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** 1 for what the stream is: `attached_pic` for the cover of a song. */
  readonly disposition?: Readonly<Record<string, number>> | undefined;
  /** `rotation`: degrees, counter-clockwise. */
  readonly side_data_list?: readonly { readonly rotation?: number | undefined }[] | undefined;
}

/** What ffprobe sees in a file. */
export interface MediaProbe {
  /** ffprobe's names, comma-separated: `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly formatName: string;
  readonly durationSeconds?: number;
  readonly streams: readonly MediaStream[];
  /** Of the container: title, artist, … Names as they stand in the file. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface ProbeOptions {
  readonly signal?: AbortSignal;
  /** @defaultValue 30000 */
  readonly timeoutMs?: number;
}

/**
 * Reads the streams of a file with ffprobe. Nothing but local files is read, whatever the file says.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when ffprobe cannot read it.
 * @throws The reason of the signal when that ended it.
 */
export async function probeMedia(
  binaries: FfmpegBinaries,
  path: string,
  { signal, timeoutMs = 30_000 }: ProbeOptions = {},
): Promise<MediaProbe> {
  const options = ['-v', 'error', ...UNTRUSTED_INPUT, '-print_format', 'json'];
  const what = ['-show_format', '-show_streams', '-i', `file:${resolve(path)}`];
  try {
    const { stdout } = await runProgram(binaries.ffprobe, [...options, ...what], {
      timeout: timeoutMs,
      maxBuffer: 4 * 1024 * 1024,
      ...(signal && { signal }),
    });
    const { streams, format } = answerSchema.parse(JSON.parse(stdout));
    return {
      formatName: format.format_name,
      ...(format.duration !== undefined && { durationSeconds: format.duration }),
      streams,
      tags: format.tags ?? {},
    };
  } catch (cause) {
    signal?.throwIfAborted();
    const said = complaintOf(cause, timeoutMs);
    const refusal = systemRefusal(said, 'read', path);
    throw refusal ?? new ChatferryError('CONTENT_MISMATCH', `ffprobe could not read ${path}: ${said}`, { cause });
  }
}

/** Not Node's own message: that is the whole command line. */
function complaintOf(cause: unknown, timeoutMs: number): string {
  if (!(cause instanceof Error) || !('stderr' in cause)) return errorMessage(cause);
  const said = String(cause.stderr).trim().split('\n').at(-1) ?? '';
  if (said !== '') return said;
  return 'killed' in cause && cause.killed === true ? `it took longer than ${timeoutMs / 1000} s` : 'it broke off';
}

/** Tags by names in small letters: Ogg and Matroska write them in capitals, MP4 does not. */
export function lowerCased(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [name.toLowerCase(), value]));
}
