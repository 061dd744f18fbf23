import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { partMemory } from '../../memory/part-memory.js';

/** With limited bandwidth, bytes are sent in slices of this duration. */
const SLICE_MS = 10;
const MIN_SLICE_BYTES = 512;

export interface PacedWriterOptions {
  readonly socket: Socket;
  /** Called for each packet, so the bandwidth may change at any time. Undefined means unlimited. */
  readonly bandwidthBytesPerSecond: () => number | undefined;
  /** Aborts waits. */
  readonly signal: AbortSignal;
}

/** Writes packets to a socket in order, limited by the bandwidth and by how fast the peer reads. */
export class PacedWriter {
  readonly #options: PacedWriterOptions;
  readonly #queue: (readonly Buffer[])[] = [];
  #busy = false;
  /** The time at which the simulated network is free again, by the monotonic clock. */
  #freeAt = 0;

  constructor(options: PacedWriterOptions) {
    this.#options = options;
  }

  /** Queues the parts of one packet and returns at once. On a closed connection, they are dropped. */
  write(parts: readonly Buffer[]): void {
    this.#queue.push(parts);
    if (this.#busy) return;
    this.#busy = true;
    // Cannot reject: #drain returns when the signal aborts.
    void this.#drain();
  }

  async #drain(): Promise<void> {
    const { socket, signal } = this.#options;
    this.#freeAt = Math.max(performance.now(), this.#freeAt); // Unused bandwidth of idle time is lost.
    for (let parts = this.#queue.shift(); parts !== undefined; parts = this.#queue.shift()) {
      const rate = this.#options.bandwidthBytesPerSecond();
      const hasRoom =
        rate === undefined ? writeTogether(socket, parts) : await this.#writePaced(Buffer.concat(parts), rate);
      if (!hasRoom && !socket.destroyed) await drained(socket, signal);
      if (signal.aborted) return;
    }
    this.#busy = false;
  }

  /**
   * Sends slices. Each slice is written when its own transmission time, after that of the slice before it, has passed.
   */
  async #writePaced(bytes: Buffer, rate: number): Promise<boolean> {
    const { socket, signal } = this.#options;
    const sliceBytes = Math.max(MIN_SLICE_BYTES, Math.floor((rate * SLICE_MS) / 1000));
    let hasRoom = true;
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      const slice = bytes.subarray(start, start + sliceBytes);
      this.#freeAt += (slice.length * 1000) / rate;
      // Timers are inaccurate. If one fires late, the following slices wait less.
      const aheadMs = this.#freeAt - performance.now();
      if (aheadMs >= 1) await sleep(aheadMs, signal);
      if (signal.aborted) return true;
      hasRoom = socket.write(slice);
    }
    return hasRoom;
  }
}

function writeTogether(socket: Socket, parts: readonly Buffer[]): boolean {
  socket.cork();
  let hasRoom = true;
  for (const part of parts) {
    hasRoom = socket.write(part, () => {
      partMemory.giveBack(part);
    });
  }
  socket.uncork();
  return hasRoom;
}

/** Resolves when the socket accepts more bytes, or when the signal aborts. */
async function drained(socket: Socket, signal: AbortSignal): Promise<void> {
  await untilAborted(once(socket, 'drain', { signal }), signal);
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await untilAborted(wait(ms, undefined, { signal }), signal);
}

async function untilAborted(waiting: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await waiting;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
