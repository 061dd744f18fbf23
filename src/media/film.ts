import { rm } from 'node:fs/promises';

import { ChatferryError, errorMessage } from '../errors/chatferry-error.js';
import { type Derivative, THUMBNAIL_PIXELS } from './derivative.js';
import type { FfmpegBinaries } from './ffmpeg-binaries.js';
import { runFfmpeg } from './ffmpeg.js';
import { decoder, writeWebp } from './image.js';
import { lowerCased, type MediaProbe, type MediaStream } from './ffprobe.js';
import type { MediaFacts } from './media-facts.js';
import { UNTRUSTED_INPUT } from './untrusted-input.js';

export interface FrameOptions {
  readonly binaries: FfmpegBinaries;
  /** Of the film. */
  readonly path: string;
  /** A folder for files on their way. */
  readonly workFolder: string;
  readonly signal: AbortSignal;
  readonly onStart?: ((pid: number) => void) | undefined;
}

/**
 * The decoder that sees what is transparent in a film: ffmpeg's own ones for VP8 and VP9 leave it out.
 *
 * @returns undefined for a film without, and where ffmpeg's own one is right.
 */
export function alphaDecoderOf(stream: MediaStream | undefined): string | undefined {
  if (lowerCased(stream?.tags ?? {})['alpha_mode'] !== '1') return undefined;
  return { vp8: 'libvpx', vp9: 'libvpx-vp9' }[stream?.codec_name ?? ''];
}

export interface PosterOptions extends FrameOptions {
  /** Of {@link alphaDecoderOf}. Not every ffmpeg has it. */
  readonly alphaDecoder?: string | undefined;
}

/** The stream of moving pictures, the cover of a song left out. */
export function videoStreamOf(probe: MediaProbe): MediaStream | undefined {
  return probe.streams.find(
    ({ codec_type: type, disposition }) => type === 'video' && disposition?.['attached_pic'] !== 1,
  );
}

/** What ffprobe tells of a film. */
export function filmFacts(probe: MediaProbe): MediaFacts {
  const video = videoStreamOf(probe);
  const audio = probe.streams.find(({ codec_type: type }) => type === 'audio');
  // Counter-clockwise there, and sometimes negative.
  const turned = video?.side_data_list?.find(({ rotation }) => rotation !== undefined)?.rotation ?? 0;
  const rotation = (((-turned % 360) + 360) % 360) as 0 | 90 | 180 | 270;
  const isSideways = rotation === 90 || rotation === 270;
  const { width, height } = video ?? {};
  return {
    ...(width === undefined || height === undefined
      ? {}
      : { width: isSideways ? height : width, height: isSideways ? width : height }),
    ...(rotation === 0 ? {} : { rotation }),
    ...(alphaDecoderOf(video) === undefined ? {} : { hasAlpha: true }),
    ...(probe.durationSeconds === undefined ? {} : { durationSeconds: probe.durationSeconds }),
    ...(video?.codec_name === undefined ? {} : { videoCodec: video.codec_name }),
    ...(audio?.codec_name === undefined ? {} : { audioCodec: audio.codec_name }),
  };
}

/**
 * Makes poster and thumbnail of a film from one of its frames: a key frame, which is had without the ones before it; the
 * first frame at all where there is none.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when no frame can be had; `TIMEOUT`.
 */
export async function makePoster(
  options: PosterOptions,
  outputs: { readonly poster: string; readonly thumbnail: string },
): Promise<readonly Derivative[]> {
  const frame = await takeFrame(options);
  try {
    const poster = await writeWebp(decoder(frame), outputs.poster, 'poster');
    const small = decoder(frame).resize({
      width: THUMBNAIL_PIXELS,
      height: THUMBNAIL_PIXELS,
      fit: 'inside',
      withoutEnlargement: true,
    });
    return [poster, await writeWebp(small, outputs.thumbnail, 'thumbnail')];
  } finally {
    await rm(frame, { force: true });
  }
}

/**
 * One frame of a film, or a picture that only ffmpeg reads, as PNG: in the work folder, upright.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when no frame can be had; `TIMEOUT`.
 */
export async function takeFrame({
  binaries,
  path,
  workFolder,
  signal,
  onStart,
  alphaDecoder,
}: PosterOptions): Promise<string> {
  const output = `${workFolder}/frame.png`;
  // Without the frames between the key frames, decoding begins and ends at the first picture that stands by itself.
  const own = alphaDecoder === undefined ? [] : [['-c:v', alphaDecoder]];
  const ways: readonly (readonly string[])[] = [...own, ['-skip_frame', 'nokey'], []];
  let failure: unknown;
  for (const way of ways) {
    try {
      await runFfmpeg(binaries, {
        // Of one frame each further thread of the decoder is only memory and time.
        inputs: [{ path, arguments: [...UNTRUSTED_INPUT, '-threads', '1', ...way] }],
        arguments: [
          '-an',
          '-sn',
          '-dn',
          '-frames:v',
          '1',
          '-threads',
          '1',
          '-f',
          'image2',
          '-update',
          '1',
          '-c:v',
          'png',
          '-compression_level',
          '1',
        ],
        output,
        signal,
        ...(onStart === undefined ? {} : { onStart }),
      });
      await decoder(output).metadata(); // ffmpeg ends well without having found a frame.
      return output;
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw new ChatferryError('CONTENT_MISMATCH', `No picture can be had of it: ${errorMessage(failure)}`, {
    cause: failure,
  });
}
