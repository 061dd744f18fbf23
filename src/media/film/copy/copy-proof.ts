import { ChatferryError } from '../../../errors/chatferry-error.js';
import type { ContentKind } from '../../../chat/description/content-kind.js';
import type { FfmpegBinaries } from '../../ffmpeg/ffmpeg-binaries.js';
import { type MediaProbe, probeMedia } from '../../ffmpeg/ffprobe.js';
import { alphaDecoderOf, videoStreamOf } from '../film.js';
import { provePicture } from './picture-proof.js';
import { type FileReading, readStreams, type StreamReading } from './stream-reading.js';

/** A smaller copy that is to stand for its original. It crosses the border of a process, so it is plain data. */
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

/** Seconds by which a stream of the copy may be shorter or longer: codecs fill their first and last frame. */
const DURATION_SLACK_SECONDS = 0.5;
/** Where frames stand longer than that, so many of them: not every container says how long the last one stands. */
const DURATION_SLACK_FRAMES = 1.5;
/** Frames that may be missing: at the edges, and one in a thousand, where two have the same time. */
const FRAME_SLACK = 2;
const FRAME_SLACK_RATIO = 0.001;
/** Containers that say how long they are; of others ffprobe guesses it from their size. */
const TELLS_DURATION = /\b(?:mov|matroska|wav|ogg|flac|avi|asf|caf|aiff)\b/;

/**
 * Shows that a copy holds all that its original does, by decoding both to their ends: the same kinds of streams and as
 * many of each, the same length within half a second, the same number of frames but for one in a thousand, and no fault
 * in either. What ffmpeg ended with is no proof.
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` with what speaks against it, `MISSING_PROGRAM`, `TIMEOUT`; the signal's
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
  // The copy first: it is smaller, and doubt ends it.
  const made = await readStreams(ffmpeg, copy, reading);
  refuseFaults('the copy', made);
  const had = await readStreams(ffmpeg, original, reading);
  refuseFaults('the original', had);
  refuseBrokenOff(own, had);
  compareStreams(had, made);
}

/**
 * The cheaper check of a copy that stands beside its original: it is read to its end without being decoded, and each
 * stream is as long as the original's.
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

/** Tracks of data are not counted: time codes, and what telephones and cameras log. */
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

/** A film that was cut off says how long it was, and gives less. */
function refuseBrokenOff({ formatName, durationSeconds }: MediaProbe, { streams }: FileReading): void {
  if (durationSeconds === undefined || !TELLS_DURATION.test(formatName) || streams.length === 0) return;
  const start = Math.min(...streams.map(({ startSeconds }) => startSeconds));
  const end = Math.max(...streams.map(({ endSeconds }) => endSeconds));
  // What begins later than the container is counted by some from there, and by some from the beginning.
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
