import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { startProgram } from '../../../children/start-program.js';
import { ChatferryError, errorMessage } from '../../../errors/chatferry-error.js';
import type { FfmpegBinaries } from '../../ffmpeg/ffmpeg-binaries.js';
import { UNTRUSTED_INPUT } from '../../ffmpeg/untrusted-input.js';

/** What was read from one stream of a file. */
export interface StreamReading {
  readonly kind: 'video' | 'audio';
  /** Frames if decoded, otherwise packets. */
  readonly count: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** The result of reading a file to its end. */
export interface FileReading {
  /** Video first, then audio, each in the order of the file. Covers are omitted. */
  readonly streams: readonly StreamReading[];
  /** The first error that ffmpeg reported. Undefined for a file without errors. */
  readonly complaint?: string;
}

export interface ReadingOptions {
  readonly signal: AbortSignal;
  readonly onStart?: ((pid: number) => void) | undefined;
  /** Decode every frame. Otherwise packets are only read, which takes little more time than the disk needs. */
  readonly decodes: boolean;
}

/** A working decoder yields a frame in less time. */
const STALLED_MS = 120_000;
const MOST_COMPLAINT_CHARACTERS = 300;

/**
 * Reads a video or audio file to its end and counts its frames. ffmpeg prints a line for each frame
 * (https://ffmpeg.org/ffmpeg-formats.html#framecrc), so the result depends on frames and not on its exit code.
 *
 * @throws {ChatferryError} `TIMEOUT` after two minutes without output, `MISSING_PROGRAM`; the signal's reason when it aborts.
 */
export async function readStreams(
  binaries: FfmpegBinaries,
  path: string,
  { signal, onStart, decodes }: ReadingOptions,
): Promise<FileReading> {
  signal.throwIfAborted();
  const input = [...UNTRUSTED_INPUT, '-noautorotate', '-i', `file:${resolve(path)}`];
  const output = ['-map', '0:V?', '-map', '0:a?', ...(decodes ? [] : ['-c', 'copy']), '-f', 'framecrc', 'pipe:1'];
  const child = startProgram(binaries.ffmpeg, ['-nostdin', '-hide_banner', '-v', 'error', ...input, ...output], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  const stall = new AbortController();
  const clock = setTimeout(() => {
    stall.abort();
    kill();
  }, STALLED_MS);
  signal.addEventListener('abort', kill);
  try {
    const exit = new Promise<number | null>((onExit, onError) => {
      child.once('error', onError);
      child.once('close', onExit);
    });
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (complaints.length < MOST_COMPLAINT_CHARACTERS) complaints += text;
    });
    const counter = new FrameCounter();
    createInterface({ input: child.stdout }).on('line', (line) => {
      clock.refresh();
      counter.add(line);
    });
    const code = await exit.catch((cause: unknown) => {
      const message = `ffmpeg could not be started: ${errorMessage(cause)}. Check FFMPEG_PATH.`;
      throw new ChatferryError('MISSING_PROGRAM', message, { cause });
    });
    signal.throwIfAborted();
    if (stall.signal.aborted) {
      throw new ChatferryError('TIMEOUT', `${path} gave no frame for ${STALLED_MS / 1000} s, and was given up.`);
    }
    const [firstLine = ''] = complaints.trim().split(/[\r\n]+/);
    const complaint = firstLine || (code === 0 ? undefined : 'its decoder broke off');
    return { streams: counter.streams, ...(complaint === undefined ? {} : { complaint }) };
  } finally {
    clearTimeout(clock);
    signal.removeEventListener('abort', kill);
  }
}

interface Count {
  kind: StreamReading['kind'] | undefined;
  secondsPerTick: number;
  count: number;
  first: number;
  end: number;
}

/** Sums up the lines of ffmpeg's `framecrc`. */
class FrameCounter {
  readonly #streams: Count[] = [];

  add(line: string): void {
    const [, field, stream, value] = /^#(tb|media_type) (\d+): (.+)$/.exec(line) ?? [];
    if (field !== undefined && value !== undefined) {
      const count = this.#stream(Number(stream));
      if (field === 'tb') count.secondsPerTick = ratioOf(value);
      else if (value === 'video' || value === 'audio') count.kind = value;
      return;
    }
    if (line.startsWith('#')) return;
    // Stream, decoding time, presentation time, duration, bytes, checksum.
    const [index, , time, duration] = line.split(',').map(Number);
    if (index === undefined || time === undefined || duration === undefined || !Number.isFinite(time)) return;
    const count = this.#stream(index);
    count.count += 1;
    count.first = Math.min(count.first, time);
    count.end = Math.max(count.end, time + duration);
  }

  get streams(): readonly StreamReading[] {
    return this.#streams.flatMap(({ kind, secondsPerTick, count, first, end }) =>
      kind === undefined
        ? []
        : [
            {
              kind,
              count,
              startSeconds: count === 0 ? 0 : first * secondsPerTick,
              endSeconds: count === 0 ? 0 : end * secondsPerTick,
            },
          ],
    );
  }

  #stream(index: number): Count {
    return (this.#streams[index] ??= { kind: undefined, secondsPerTick: 0, count: 0, first: Infinity, end: -Infinity });
  }
}

function ratioOf(text: string): number {
  const [numerator = NaN, denominator = NaN] = text.split('/').map(Number);
  return numerator / denominator;
}
