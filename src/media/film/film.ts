import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import type { FfmpegBinaries } from '../ffmpeg/ffmpeg-binaries.js';
import { runFfmpeg } from '../ffmpeg/ffmpeg.js';
import { decoder } from '../image/image.js';
import { lowerCased, type MediaProbe, type MediaStream } from '../ffmpeg/ffprobe.js';
import type { MediaFacts } from '../../chat/description/media-facts.js';
import { UNTRUSTED_INPUT } from '../ffmpeg/untrusted-input.js';

export interface FrameOptions {
  readonly binaries: FfmpegBinaries;
  /** Path of the video. */
  readonly path: string;
  /** A folder for temporary files. */
  readonly workFolder: string;
  readonly signal: AbortSignal;
  readonly onStart?: ((pid: number) => void) | undefined;
}

/**
 * The decoder for a video with transparency. ffmpeg's built-in decoders for VP8 and VP9 ignore the alpha channel.
 *
 * @returns undefined for a video without transparency, and where the built-in decoder is right.
 */
export function alphaDecoderOf(stream: MediaStream | undefined): string | undefined {
  if (lowerCased(stream?.tags ?? {})['alpha_mode'] !== '1') return undefined;
  return { vp8: 'libvpx', vp9: 'libvpx-vp9' }[stream?.codec_name ?? ''];
}

export interface TakeFrameOptions extends FrameOptions {
  /** From {@link alphaDecoderOf}. Not every build of ffmpeg has it. */
  readonly alphaDecoder?: string | undefined;
  /** Seconds from the start. @defaultValue 0 */
  readonly fromSeconds?: number;
}

/** The video stream. The cover of a song does not count. */
export function videoStreamOf(probe: MediaProbe): MediaStream | undefined {
  return probe.streams.find(
    ({ codec_type: type, disposition }) => type === 'video' && disposition?.['attached_pic'] !== 1,
  );
}

/** A larger ratio is taken for a damaged header. */
const MOST_PIXEL_ASPECT = 4;

/** Aspect ratio of one pixel. Standard-definition video is stored narrower or wider than it is displayed. */
function pixelAspectOf({ sample_aspect_ratio: ratio = '1:1' }: MediaStream): number {
  const [across = NaN, down = NaN] = ratio.split(':').map(Number);
  const aspect = across / down;
  return aspect >= 1 / MOST_PIXEL_ASPECT && aspect <= MOST_PIXEL_ASPECT ? aspect : 1;
}

/** The facts that ffprobe reports about a video. */
export function filmFacts(probe: MediaProbe): MediaFacts {
  const video = videoStreamOf(probe);
  const audio = probe.streams.find(({ codec_type: type }) => type === 'audio');
  // ffprobe counts counter-clockwise, sometimes with a negative sign.
  const turned = video?.side_data_list?.find(({ rotation }) => rotation !== undefined)?.rotation ?? 0;
  const rotation = (((-turned % 360) + 360) % 360) as 0 | 90 | 180 | 270;
  const isSideways = rotation === 90 || rotation === 270;
  const { height } = video ?? {};
  const width = video?.width === undefined ? undefined : Math.round(video.width * pixelAspectOf(video));
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
 * Extracts one frame of a video, or converts a picture that only ffmpeg reads, to an upright PNG in the work folder.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when no frame can be decoded; `TIMEOUT`.
 */
export async function takeFrame({
  binaries,
  path,
  workFolder,
  signal,
  onStart,
  alphaDecoder,
  fromSeconds = 0,
}: TakeFrameOptions): Promise<string> {
  const output = `${workFolder}/frame.png`;
  // With key frames only, decoding ends with the first of them, which needs no other frame.
  const own = alphaDecoder === undefined ? [] : [['-c:v', alphaDecoder]];
  const ways: readonly (readonly string[])[] = [...own, ['-skip_frame', 'nokey'], []];
  const seek = fromSeconds === 0 ? [] : ['-ss', String(fromSeconds)];
  let failure: unknown;
  for (const way of ways) {
    try {
      await runFfmpeg(binaries, {
        // For a single frame more decoder threads only cost memory and time.
        inputs: [{ path, arguments: [...UNTRUSTED_INPUT, '-threads', '1', ...seek, ...way] }],
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
      await decoder(output).metadata(); // ffmpeg exits with 0 even if it has found no frame.
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
