import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import type { FfmpegBinaries } from '../ffmpeg/ffmpeg-binaries.js';
import { runFfmpeg } from '../ffmpeg/ffmpeg.js';
import { decoder } from '../image/image.js';
import { lowerCased, type MediaProbe, type MediaStream } from '../ffmpeg/ffprobe.js';
import type { MediaFacts } from '../../chat/description/media-facts.js';
import { UNTRUSTED_INPUT } from '../ffmpeg/untrusted-input.js';

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

export interface TakeFrameOptions extends FrameOptions {
  /** Of {@link alphaDecoderOf}. Not every ffmpeg has it. */
  readonly alphaDecoder?: string | undefined;
  /** Seconds from the start. @defaultValue 0 */
  readonly fromSeconds?: number;
}

/** The stream of moving pictures, the cover of a song left out. */
export function videoStreamOf(probe: MediaProbe): MediaStream | undefined {
  return probe.streams.find(
    ({ codec_type: type, disposition }) => type === 'video' && disposition?.['attached_pic'] !== 1,
  );
}

/** More would be a broken head: nobody films with pixels of that shape. */
const MOST_PIXEL_ASPECT = 4;

/** Width by height of one pixel. Films for television of old are stored narrower or wider than they are shown. */
function pixelAspectOf({ sample_aspect_ratio: ratio = '1:1' }: MediaStream): number {
  const [across = NaN, down = NaN] = ratio.split(':').map(Number);
  const aspect = across / down;
  return aspect >= 1 / MOST_PIXEL_ASPECT && aspect <= MOST_PIXEL_ASPECT ? aspect : 1;
}

/** What ffprobe tells of a film. */
export function filmFacts(probe: MediaProbe): MediaFacts {
  const video = videoStreamOf(probe);
  const audio = probe.streams.find(({ codec_type: type }) => type === 'audio');
  // Counter-clockwise there, and sometimes negative.
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
  fromSeconds = 0,
}: TakeFrameOptions): Promise<string> {
  const output = `${workFolder}/frame.png`;
  // Without the frames between the key frames, decoding begins and ends at the first picture that stands by itself.
  const own = alphaDecoder === undefined ? [] : [['-c:v', alphaDecoder]];
  const ways: readonly (readonly string[])[] = [...own, ['-skip_frame', 'nokey'], []];
  const seek = fromSeconds === 0 ? [] : ['-ss', String(fromSeconds)];
  let failure: unknown;
  for (const way of ways) {
    try {
      await runFfmpeg(binaries, {
        // Of one frame each further thread of the decoder is only memory and time.
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
