import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

import createCommand from 'fluent-ffmpeg';

import { childEnvironment } from '../../children/child-environment.js';
import { removeOwnFile } from '../../disk/own-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import type { FfmpegBinaries } from './ffmpeg-binaries.js';
import { systemRefusal } from './tool-failure.js';

/** An input file of ffmpeg. */
export interface FfmpegInput {
  readonly path: string;
  /**
   * Arguments before `-i`, one element each: `['-f', 's16le', '-ar', '48000']`. For untrusted files they include
   * {@link UNTRUSTED_INPUT}.
   */
  readonly arguments?: readonly string[];
}

export interface FfmpegRun {
  readonly inputs: readonly FfmpegInput[];
  /** Arguments after the inputs, one element each. */
  readonly arguments: readonly string[];
  /** The output file. An existing one is replaced. */
  readonly output: string;
  readonly signal?: AbortSignal;
  /**
   * The program is ended after this time.
   *
   * @defaultValue 300000
   */
  readonly timeoutMs?: number;
  /** Called with the process id when it runs, so that its memory can be counted. */
  readonly onStart?: (pid: number) => void;
}

const STDERR_TAIL_LINES = 3;

/**
 * Runs ffmpeg once, without a shell, with closed standard input. It reads local files only: a playlist inside a file cannot
 * make it fetch a URL (https://ffmpeg.org/ffmpeg-protocols.html, `protocol_whitelist`).
 *
 * @throws {ChatferryError} `CONTENT_MISMATCH` when ffmpeg fails, with the end of its output; `FILE_SYSTEM` when the
 * system has refused a request, for example because the disk is full; `TIMEOUT`;
 * `MISSING_PROGRAM` when it cannot be started.
 * @throws The signal's reason when it aborts.
 */
export async function runFfmpeg(binaries: FfmpegBinaries, options: FfmpegRun): Promise<void> {
  const { inputs, output, signal, timeoutMs = 300_000, onStart } = options;
  signal?.throwIfAborted();

  const command = createCommand({ stdoutLines: 100 });
  // The path is a global setting of the library. Each run sets its own just before it starts.
  command.setFfmpegPath(binaries.ffmpeg);
  inheritLittle(command);
  for (const input of inputs) {
    // One call with several arguments: the library splits a single argument at its spaces.
    command
      .input(fileUrl(input.path))
      .inputOptions('-nostdin', '-protocol_whitelist', 'file', ...(input.arguments ?? []));
  }
  command.outputOptions('-y', '-hide_banner', ...options.arguments).output(fileUrl(output));

  const timeout = AbortSignal.timeout(timeoutMs);
  const ended = AbortSignal.any([timeout, ...(signal === undefined ? [] : [signal])]);
  const end = (): void => {
    command.kill('SIGKILL');
  };
  ended.addEventListener('abort', end);

  try {
    await new Promise<void>((onEnd, onError) => {
      command.on('start', () => {
        const child = (command as { readonly ffmpegProc?: ChildProcess }).ffmpegProc;
        if (child?.pid === undefined) {
          // The library's own handler for a failed start throws where it cannot be caught.
          child?.removeAllListeners('error').on('error', (cause) => {
            onError(startFailure(cause));
          });
          return;
        }
        onStart?.(child.pid);
        // The signal may have aborted before the process existed.
        if (ended.aborted) end();
      });
      command.on('end', () => {
        onEnd();
      });
      command.on('error', (cause: Error, _stdout: string | null, stderr: string | null) => {
        onError(runFailure(cause, { output, stderr: stderr ?? '' }));
      });
      command.run();
    });
  } catch (cause) {
    await removeOwnFile(output); // Remove the incomplete output.
    signal?.throwIfAborted();
    if (!timeout.aborted) throw cause;
    throw new ChatferryError('TIMEOUT', `ffmpeg was ended after ${timeoutMs / 1000} s. It was making ${output}.`, {
      cause,
    });
  } finally {
    ended.removeEventListener('abort', end);
  }
}

/** The method by which fluent-ffmpeg starts a program. Its options are those of Node's `spawn`. */
interface Spawning {
  _spawnFfmpeg: (args: string[], options: object, ...callbacks: unknown[]) => void;
}

/**
 * Makes the library start its programs in {@link childEnvironment}. The library has no option for that.
 *
 * @throws {ChatferryError} `INTERNAL` with another version of the library, before anything is started.
 */
function inheritLittle(command: object): void {
  const library = command as Spawning;
  const spawn: unknown = library._spawnFfmpeg;
  if (typeof spawn !== 'function') {
    throw new ChatferryError('INTERNAL', 'This version of fluent-ffmpeg cannot be told what ffmpeg inherits.');
  }
  library._spawnFfmpeg = (args, options, ...callbacks) => {
    // The options are optional.
    const [given, rest] = typeof options === 'function' ? [{}, [options, ...callbacks]] : [options, callbacks];
    Reflect.apply(spawn, command, [args, { ...given, env: childEnvironment() }, ...rest]);
  };
}

/** With the prefix `file:`, so that a name with a colon or a leading dash can only be a file. */
function fileUrl(path: string): string {
  return `file:${resolve(path)}`;
}

function startFailure(cause: Error): ChatferryError {
  return new ChatferryError('MISSING_PROGRAM', `ffmpeg could not be started: ${cause.message}. Check FFMPEG_PATH.`, {
    cause,
  });
}

function runFailure(
  cause: Error,
  { output, stderr }: { readonly output: string; readonly stderr: string },
): ChatferryError {
  const refusal = systemRefusal(`${stderr}\n${cause.message}`, 'write', output);
  if (refusal !== undefined) return refusal;
  const lines = stderr.trim().split(/[\r\n]+/);
  const reason = lines.slice(-STDERR_TAIL_LINES).join(' · ') || cause.message;
  return new ChatferryError('CONTENT_MISMATCH', `ffmpeg could not make ${output}: ${reason}`, { cause });
}
