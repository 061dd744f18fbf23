import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

import { partMemory } from '../../memory/part-memory.js';

/** At a limited bandwidth, bytes leave in slices of this much time. */
const SLICE_MS = 10;
const MIN_SLICE_BYTES = 512;

export interface PacedWriterOptions {
  readonly socket: Socket;
  /** Read before each slice, so that it may change under way. Undefined: unlimited. */
  readonly bandwidthBytesPerSecond: () => number | undefined;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Writes to a socket in order, no faster than its bandwidth allows and no further than the peer reads. */
export class PacedWriter {
  readonly #options: PacedWriterOptions;
  readonly #queue: (readonly Buffer[])[] = [];
  #busy = false;
  /** When the line is free again, on the monotonic clock. */
  #freeAt = 0;

  constructor(options: PacedWriterOptions) {
    this.#options = options;
  }

  /** Queues the parts of one packet. Returns at once; a line that has died swallows them. */
  write(parts: readonly Buffer[]): void {
    this.#queue.push(parts);
    if (this.#busy) return;
    this.#busy = true;
    // Cannot reject: #drain ends where the signal aborts.
    void this.#drain();
  }

  async #drain(): Promise<void> {
    const { socket, signal } = this.#options;
    this.#freeAt = Math.max(performance.now(), this.#freeAt); // Since it was last busy, the line has carried nothing.
    for (let parts = this.#queue.shift(); parts !== undefined; parts = this.#queue.shift()) {
      const rate = this.#options.bandwidthBytesPerSecond();
      const hasRoom =
        rate === undefined ? writeTogether(socket, parts) : await this.#writePaced(Buffer.concat(parts), rate);
      if (!hasRoom && !socket.destroyed) await drained(socket, signal);
      if (signal.aborted) return;
    }
    this.#busy = false;
  }

  /** Each slice leaves when the line has carried the one before, and arrives when it has been carried itself. */
  async #writePaced(bytes: Buffer, rate: number): Promise<boolean> {
    const { socket, signal } = this.#options;
    const sliceBytes = Math.max(MIN_SLICE_BYTES, Math.floor((rate * SLICE_MS) / 1000));
    let hasRoom = true;
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      const slice = bytes.subarray(start, start + sliceBytes);
      this.#freeAt += (slice.length * 1000) / rate;
      // Timers are coarse: what they oversleep is caught up by the slices after, because the line was busy meanwhile.
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

/** Resolves when the socket takes more, or when there is no socket any more. */
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
