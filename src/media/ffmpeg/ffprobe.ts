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

/** One stream of a file, as ffprobe reports it. */
export interface MediaStream {
  /** `video`, `audio`, `subtitle`, … */
  readonly codec_type: string;
  readonly codec_name?: string | undefined;
  /** Pixels. */
  readonly width?: number | undefined;
  /** Pixels. */
  readonly height?: number | undefined;
  /** Aspect ratio of one pixel: `16:15`; `0:1` if unknown. */
  readonly sample_aspect_ratio?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** 1 for each role of the stream: `attached_pic` for the cover of a song. */
  readonly disposition?: Readonly<Record<string, number>> | undefined;
  /** `rotation`: degrees, counter-clockwise. */
  readonly side_data_list?: readonly { readonly rotation?: number | undefined }[] | undefined;
}

/** The output of ffprobe for a file. */
export interface MediaProbe {
  /** ffprobe's names, comma-separated: `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly formatName: string;
  readonly durationSeconds?: number;
  readonly streams: readonly MediaStream[];
  /** Tags of the container: title, artist, … with names as in the file. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface ProbeOptions {
  readonly signal?: AbortSignal;
  /** @defaultValue 30000 */
  readonly timeoutMs?: number;
}

/**
 * Reads the streams of a file with ffprobe. It reads local files only, whatever the file refers to.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when ffprobe cannot read it.
 * @throws The signal's reason when it aborts.
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

/** Node's own message would be the whole command line. */
function complaintOf(cause: unknown, timeoutMs: number): string {
  if (!(cause instanceof Error) || !('stderr' in cause)) return errorMessage(cause);
  const said = String(cause.stderr).trim().split('\n').at(-1) ?? '';
  if (said !== '') return said;
  return 'killed' in cause && cause.killed === true ? `it took longer than ${timeoutMs / 1000} s` : 'it broke off';
}

/** Tags by lower-case names: Ogg and Matroska use capitals, MP4 does not. */
export function lowerCased(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [name.toLowerCase(), value]));
}
