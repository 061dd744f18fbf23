import type { Socket } from 'node:net';

import type { LineClock } from './line-clock.js';
import type { LinePace } from './line-pace.js';

/** Maximum size of the pieces in which bytes travel: 4 ms at 4 MB/s. */
const PIECE_BYTES = 16 * 1024;
/** The send window: no more bytes are read from the sender while this many are in flight. */
const WINDOW_BYTES = 1024 * 1024;
/**
 * Timers are less precise than this. A piece may be delivered early by less than this, because later pieces compensate
 * for it.
 */
const TIMER_SLACK_MS = 0.5;

/** What happens after the last byte that is delivered. */
export interface OneWayFault {
  /** The number of bytes that still arrive. */
  readonly afterBytes: number;
  /**
   * `reset` and `close` end the connection for both sides; a number: nothing passes for so many milliseconds;
   * `Infinity`: for ever.
   */
  readonly then: 'reset' | 'close' | number;
}

export interface OneWayOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly pace: LinePace;
  readonly clock: LineClock;
  readonly fault?: OneWayFault | undefined;
  /** Called with the number of bytes that have arrived. */
  readonly onBytes: (count: number) => void;
  /** Called when the connection must end for both sides. */
  readonly onEnd: (how: 'reset' | 'close') => void;
}

interface InFlight {
  readonly arrivesAtMs: number;
  /** Undefined: the end of the stream. */
  readonly bytes: Buffer | undefined;
}

/**
 * Carries bytes from one socket to another in order, with the delays of the pace, and no faster than the receiver
 * reads.
 */
export class OneWay {
  readonly #options: OneWayOptions;
  readonly #inFlight: InFlight[] = [];
  #inFlightBytes = 0;
  #leftBytes: number;
  #isOver = false;
  #isBlocked = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: OneWayOptions) {
    this.#options = options;
    const { from, to, fault } = options;
    this.#leftBytes = fault?.afterBytes ?? Infinity;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#put(undefined));
    to.on('drain', () => {
      this.#isBlocked = false;
      this.#deliver();
    });
  }

  /** Drops all bytes in flight. */
  stop(): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#inFlight.length = 0;
  }

  #take(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; start += PIECE_BYTES)
      this.#put(bytes.subarray(start, start + PIECE_BYTES));
    if (this.#inFlightBytes >= WINDOW_BYTES) this.#options.from.pause();
  }

  #put(bytes: Buffer | undefined): void {
    if (this.#isOver) return;
    const { pace, clock } = this.#options;
    const arrivesAtMs = pace.arrivalOf(bytes?.length ?? 0, clock.now());
    this.#inFlight.push({ arrivesAtMs, bytes });
    this.#inFlightBytes += bytes?.length ?? 0;
    if (this.#inFlight.length === 1) this.#deliver();
  }

  #deliver(): void {
    this.#cancelTimer?.();
    const { from, clock } = this.#options;
    for (
      let next = this.#inFlight[0];
      next !== undefined && !this.#isBlocked && !this.#isOver;
      next = this.#inFlight[0]
    ) {
      if (next.arrivesAtMs - clock.now() > TIMER_SLACK_MS) {
        if (next.arrivesAtMs < Infinity) this.#cancelTimer = clock.at(next.arrivesAtMs, () => this.#deliver());
        break;
      }
      this.#inFlight.shift();
      this.#arrived(next.bytes);
    }
    if (!this.#isOver && this.#inFlightBytes < WINDOW_BYTES) from.resume();
  }

  #arrived(bytes: Buffer | undefined): void {
    const { to, onBytes } = this.#options;
    if (bytes === undefined) {
      to.end();
      return;
    }
    this.#inFlightBytes -= bytes.length;
    const passed = bytes.subarray(0, this.#leftBytes);
    this.#leftBytes -= passed.length;
    if (passed.length > 0) {
      onBytes(passed.length);
      if (!to.write(passed)) this.#isBlocked = true;
    }
    if (this.#leftBytes === 0) this.#applyFault(bytes.subarray(passed.length));
  }

  #applyFault(rest: Buffer): void {
    const { fault, clock, onEnd } = this.#options;
    if (fault === undefined) return;
    this.#leftBytes = Infinity;
    if (typeof fault.then === 'string') {
      onEnd(fault.then);
      return;
    }
    const arrivesAtMs = clock.now() + fault.then;
    // An empty piece delays the ones after it as well, so this also works if the fault is between two pieces.
    this.#inFlight.unshift({ arrivesAtMs, bytes: rest });
    this.#inFlightBytes += rest.length;
  }
}
