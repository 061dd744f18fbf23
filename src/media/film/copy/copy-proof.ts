import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { ContentKind } from '../../../chat/description/content-kind.js';
import type { FfmpegBinaries } from '../../ffmpeg/ffmpeg-binaries.js';
import { type MediaProbe, probeMedia } from '../../ffmpeg/ffprobe.js';
import { alphaDecoderOf, videoStreamOf } from '../film.js';
import { provePicture } from './picture-proof.js';
import { type FileReading, readStreams, type StreamReading } from './stream-reading.js';

/** A smaller copy that is to replace its original. It is sent to another process, so it is plain data. */
export interface CopyToProve {
  /** Both absolute. They are only read. */
  readonly original: string;
  readonly copy: string;
  /** Of the original. */
  readonly content: ContentKind;
}

export interface ProofOptions {
  readonly ffmpeg: FfmpegBinaries | undefined;
  readonly signal: AbortSignal;
  readonly onStart?: (pid: number) => void;
}

/** Seconds by which a stream of the copy may be shorter or longer: codecs pad their first and last frame. */
const DURATION_SLACK_SECONDS = 0.5;
/** The tolerance in frames, where frames last longer than that: not every container stores the duration of the last one. */
const DURATION_SLACK_FRAMES = 1.5;
/** Frames that may be missing: at both ends, and one in a thousand, where two have the same timestamp. */
const FRAME_SLACK = 2;
const FRAME_SLACK_RATIO = 0.001;
/** Containers that store their duration. For others ffprobe estimates it from the size. */
const TELLS_DURATION = /\b(?:mov|matroska|wav|ogg|flac|avi|asf|caf|aiff)\b/;

/**
 * Verifies that a copy is complete by decoding both files to their ends. They must have the same number of streams of each
 * kind, the same duration within half a second, the same number of frames except one in a thousand, and no decoding errors.
 * The exit code of ffmpeg proves nothing.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` with what is wrong with the copy, `MISSING_PROGRAM`, `TIMEOUT`; the signal's
 *   reason when it aborts.
 */
export async function proveCopy({ original, copy, content }: CopyToProve, options: ProofOptions): Promise<void> {
  if (content.kind === 'image') return provePicture(original, copy, content);
  const { ffmpeg, signal, onStart } = options;
  if (ffmpeg === undefined) throw new ChatferryError('MISSING_PROGRAM', 'there is no ffmpeg to read the copy with');
  const [own, others] = await Promise.all([
    probeMedia(ffmpeg, original, { signal }),
    probeMedia(ffmpeg, copy, { signal }),
  ]);
  compareKinds(own, others);
  const reading = { signal, onStart, decodes: true };
  // The copy first: it is smaller, and the first fault ends the check.
  const made = await readStreams(ffmpeg, copy, reading);
  refuseFaults('the copy', made);
  const had = await readStreams(ffmpeg, original, reading);
  refuseFaults('the original', had);
  refuseBrokenOff(own, had);
  compareStreams(had, made);
}

/**
 * A cheaper check for a copy that is kept beside its original. The copy is read to its end without decoding, and each stream
 * must be as long as the original's.
 *
 * @throws {ChatferryError} as {@link proveCopy}.
 */
export async function checkCopy(
  { original, copy }: Omit<CopyToProve, 'content'>,
  { ffmpeg, signal, onStart }: ProofOptions & { readonly ffmpeg: FfmpegBinaries },
): Promise<void> {
  const reading = { signal, onStart, decodes: false };
  const made = await readStreams(ffmpeg, copy, reading);
  refuseFaults('the copy', made);
  const had = await readStreams(ffmpeg, original, reading);
  for (const { kind } of made.streams) {
    const [one, other] = [longest(had, kind), longest(made, kind)];
    if (one === undefined || other === undefined || spanOf(one) - spanOf(other) > slackOf(one)) {
      throw mismatch(
        `the ${kind} of the copy breaks off after ${secondsOf(other)}, the original has ${secondsOf(one)}`,
      );
    }
  }
  const lost = had.streams.find(({ kind }) => longest(made, kind) === undefined);
  if (lost !== undefined) throw mismatch(`the copy has no ${lost.kind}`);
}

type Tracks = Readonly<Record<'picture' | 'cover' | 'sound' | 'subtitle', number>>;

/** Data tracks do not count: time codes, and sensor logs of phones and cameras. */
function tracksOf({ streams }: MediaProbe): Tracks {
  const ofType = (type: string): number => streams.filter(({ codec_type: own }) => own === type).length;
  const cover = streams.filter(({ disposition }) => disposition?.['attached_pic'] === 1).length;
  return { picture: ofType('video') - cover, cover, sound: ofType('audio'), subtitle: ofType('subtitle') };
}

function compareKinds(original: MediaProbe, copy: MediaProbe): void {
  const [own, others] = [tracksOf(original), tracksOf(copy)];
  for (const track of ['picture', 'cover', 'sound', 'subtitle'] as const) {
    if (own[track] === others[track]) continue;
    throw mismatch(`the original has ${own[track]} ${track} tracks, the copy ${others[track]}`);
  }
  if (own.picture + own.sound === 0) throw mismatch('the original has neither pictures nor sound');
  if (alphaDecoderOf(videoStreamOf(original)) !== undefined && alphaDecoderOf(videoStreamOf(copy)) === undefined) {
    throw mismatch('the copy is not transparent where the original is');
  }
}

function refuseFaults(what: string, { complaint }: FileReading): void {
  if (complaint !== undefined) throw mismatch(`${what} does not decode without a fault: ${complaint}`);
}

/** A truncated video still declares its full duration, but yields less. */
function refuseBrokenOff({ formatName, durationSeconds }: MediaProbe, { streams }: FileReading): void {
  if (durationSeconds === undefined || !TELLS_DURATION.test(formatName) || streams.length === 0) return;
  const start = Math.min(...streams.map(({ startSeconds }) => startSeconds));
  const end = Math.max(...streams.map(({ endSeconds }) => endSeconds));
  // For a stream that starts later than the container, some programs count from that point, others from the start.
  const missing = Math.min(Math.abs(durationSeconds - (end - start)), Math.abs(durationSeconds - end));
  if (missing <= DURATION_SLACK_SECONDS) return;
  throw mismatch(`the original says ${durationSeconds.toFixed(1)} s and gives ${(end - start).toFixed(1)} s`);
}

function compareStreams({ streams: own }: FileReading, { streams: others }: FileReading): void {
  if (own.length !== others.length) throw mismatch(`${own.length} tracks can be decoded, of the copy ${others.length}`);
  for (const [index, one] of own.entries()) {
    const other = others[index];
    if (other?.kind !== one.kind) throw mismatch('the tracks of the copy are of other kinds');
    if (one.count === 0 || other.count === 0) throw mismatch(`a track of ${one.kind} has no frames`);
    if (Math.abs(spanOf(one) - spanOf(other)) > slackOf(one)) {
      throw mismatch(`a track of ${one.kind} lasts ${secondsOf(one)}, in the copy ${secondsOf(other)}`);
    }
    const frameSlack = Math.max(FRAME_SLACK, one.count * FRAME_SLACK_RATIO);
    if (one.kind === 'video' && Math.abs(one.count - other.count) > frameSlack) {
      throw mismatch(`the original has ${one.count} frames, the copy ${other.count}`);
    }
  }
}

function longest({ streams }: FileReading, kind: StreamReading['kind']): StreamReading | undefined {
  return streams.filter((stream) => stream.kind === kind && stream.count > 0).sort((a, b) => spanOf(b) - spanOf(a))[0];
}

function spanOf({ startSeconds, endSeconds }: StreamReading): number {
  return endSeconds - startSeconds;
}

function slackOf(stream: StreamReading): number {
  return Math.max(DURATION_SLACK_SECONDS, (DURATION_SLACK_FRAMES * spanOf(stream)) / Math.max(stream.count, 1));
}

function secondsOf(stream: StreamReading | undefined): string {
  return stream === undefined ? 'nothing' : `${spanOf(stream).toFixed(1)} s`;
}

function mismatch(reason: string): ChatferryError {
  return new ChatferryError('CONTENT_MISMATCH', reason);
}
