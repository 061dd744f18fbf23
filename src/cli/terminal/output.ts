import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';

import { unlessAborted } from '../../concurrency/unless-aborted.js';
import { DroppingFile } from './log/dropping-file.js';

/** A stream of the process: `process.stdout` and `process.stderr` are two. */
export type ProcessStream = Writable & {
  readonly fd?: number;
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** What a producer may leave untaken before it has to wait. Some thousand lines. */
export const ROOM_BYTES: number = 256 * 1024;

/** Errors after the reader closed its end: `| head` is done, a terminal was closed. */
const READER_GONE: ReadonlySet<string> = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'EOF', 'ERR_STREAM_DESTROYED']);

interface Waiter {
  readonly belowBytes: number;
  readonly resolve: () => void;
}

/**
 * One of the two channels of the process, written to without ever throwing.
 *
 * A pipe takes what its reader has read; the rest waits in memory, so producers of much output wait for
 * {@link Output.room}, and the program ends after {@link Output.flushed}. What a full disk refuses, or nobody reads any
 * more, is dropped.
 */
export class Output {
  readonly stream: ProcessStream;
  readonly #file: DroppingFile | undefined;
  #queuedBytes = 0;
  #error: NodeJS.ErrnoException | undefined;
  #waiters: Waiter[] = [];

  constructor(stream: ProcessStream) {
    this.stream = stream;
    this.#file = fileBehind(stream);
    letTerminalWait(stream);
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#lose(error);
    });
  }

  get isTTY(): boolean {
    return this.stream.isTTY === true;
  }

  /** Characters in a line of the terminal; undefined where there is none. */
  get columns(): number | undefined {
    return this.stream.columns;
  }

  /** What was written and not taken by the reader yet. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Whether the reader has left. */
  get isDeserted(): boolean {
    return READER_GONE.has(this.#error?.code ?? '');
  }

  /** Why output was lost though somebody wants it, such as a full disk; undefined when none was. */
  get failure(): NodeJS.ErrnoException | undefined {
    return this.#file?.error ?? (this.isDeserted ? undefined : this.#error);
  }

  write(text: string): void {
    if (this.#file !== undefined) {
      this.#file.write(text);
      return;
    }
    if (this.#error !== undefined || text === '') return;
    const bytes = Buffer.from(text);
    this.#queuedBytes += bytes.length;
    this.stream.write(bytes, (error) => {
      if (this.#error !== undefined) return; // Counted as lost already.
      if (error instanceof Error) {
        this.#lose(error);
        return;
      }
      this.#queuedBytes -= bytes.length;
      this.#wake();
    });
  }

  /**
   * Resolves when there is room for more: at once, unless the reader has left {@link ROOM_BYTES} untaken.
   *
   * @throws the signal's reason when it aborts.
   */
  async room(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#queuedBytes < ROOM_BYTES) return;
    await unlessAborted(this.#below(ROOM_BYTES), signal);
  }

  /** Resolves when everything that was written is taken or lost. A reader that stalls is waited for. */
  async flushed(): Promise<void> {
    if (this.#queuedBytes > 0) await this.#below(1);
  }

  #below(belowBytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ belowBytes, resolve });
    });
  }

  #wake(): void {
    const ready = this.#waiters.filter(({ belowBytes }) => this.#queuedBytes < belowBytes);
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter(({ belowBytes }) => this.#queuedBytes >= belowBytes);
    for (const { resolve } of ready) resolve();
  }

  #lose(error: NodeJS.ErrnoException): void {
    this.#error ??= error;
    this.#queuedBytes = 0;
    this.#wake();
  }
}

/**
 * Node writes to terminals at once and waits for them, deaf to signals, while one takes nothing: stopped by Ctrl-S, or with a
 * window that hangs. Queued like output for a pipe, it holds nothing up. libuv has opened the terminal anew, so this is for
 * this program alone.
 */
function letTerminalWait(stream: ProcessStream): void {
  if (stream.isTTY !== true || process.platform === 'win32') return;
  const { _handle: handle } = stream as { readonly _handle?: { readonly setBlocking?: (blocks: boolean) => unknown } };
  handle?.setBlocking?.(false);
}

/**
 * Where a stream leads to a file or a device like /dev/full. Node writes those at once as well, but takes a short write
 * for a whole one.
 */
function fileBehind({ fd, isTTY }: ProcessStream): DroppingFile | undefined {
  if (fd === undefined || isTTY === true || process.platform === 'win32') return undefined;
  try {
    const stats = fstatSync(fd);
    return stats.isFile() || stats.isCharacterDevice() ? new DroppingFile(fd) : undefined;
  } catch {
    return undefined; // A descriptor that cannot be looked at is the stream's matter.
  }
}
