import type { Socket } from 'node:net';

import type { LineClock } from './line-clock.js';
import type { LinePace } from './line-pace.js';

/** Bytes travel in pieces of at most so many: 4 ms at 4 MB a second. */
const PIECE_BYTES = 16 * 1024;
/** No more is taken from the sender while so many are under way: a send window. */
const WINDOW_BYTES = 1024 * 1024;
/** Timers are coarser than this. What leaves too early by less is made up for by what follows. */
const TIMER_SLACK_MS = 0.5;

/** What happens behind the last byte that is passed on. */
export interface OneWayFault {
  /** So many bytes still arrive. */
  readonly afterBytes: number;
  /** `reset` and `close` end the connection for both sides; a number: so many milliseconds nothing passes, or for ever. */
  readonly then: 'reset' | 'close' | number;
}

export interface OneWayOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly pace: LinePace;
  readonly clock: LineClock;
  readonly fault?: OneWayFault | undefined;
  /** So many bytes have arrived. */
  readonly onBytes: (count: number) => void;
  /** The connection is to end for both sides. */
  readonly onEnd: (how: 'reset' | 'close') => void;
}

interface UnderWay {
  readonly arrivesAtMs: number;
  /** Undefined: the end of what is sent. */
  readonly bytes: Buffer | undefined;
}

/** Carries bytes from one socket to another in order, each piece as late as the pace says, no further than the receiver reads. */
export class OneWay {
  readonly #options: OneWayOptions;
  readonly #underWay: UnderWay[] = [];
  #underWayBytes = 0;
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

  /** Whatever is under way is lost. */
  stop(): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#underWay.length = 0;
  }

  #take(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; start += PIECE_BYTES)
      this.#put(bytes.subarray(start, start + PIECE_BYTES));
    if (this.#underWayBytes >= WINDOW_BYTES) this.#options.from.pause();
  }

  #put(bytes: Buffer | undefined): void {
    if (this.#isOver) return;
    const { pace, clock } = this.#options;
    const arrivesAtMs = pace.arrivalOf(bytes?.length ?? 0, clock.now());
    this.#underWay.push({ arrivesAtMs, bytes });
    this.#underWayBytes += bytes?.length ?? 0;
    if (this.#underWay.length === 1) this.#deliver();
  }

  #deliver(): void {
    this.#cancelTimer?.();
    const { from, clock } = this.#options;
    for (
      let next = this.#underWay[0];
      next !== undefined && !this.#isBlocked && !this.#isOver;
      next = this.#underWay[0]
    ) {
      if (next.arrivesAtMs - clock.now() > TIMER_SLACK_MS) {
        if (next.arrivesAtMs < Infinity) this.#cancelTimer = clock.at(next.arrivesAtMs, () => this.#deliver());
        break;
      }
      this.#underWay.shift();
      this.#arrived(next.bytes);
    }
    if (!this.#isOver && this.#underWayBytes < WINDOW_BYTES) from.resume();
  }

  #arrived(bytes: Buffer | undefined): void {
    const { to, onBytes } = this.#options;
    if (bytes === undefined) {
      to.end();
      return;
    }
    this.#underWayBytes -= bytes.length;
    const passed = bytes.subarray(0, this.#leftBytes);
    this.#leftBytes -= passed.length;
    if (passed.length > 0) {
      onBytes(passed.length);
      if (!to.write(passed)) this.#isBlocked = true;
    }
    if (this.#leftBytes === 0) this.#goWrong(bytes.subarray(passed.length));
  }

  #goWrong(rest: Buffer): void {
    const { fault, clock, onEnd } = this.#options;
    if (fault === undefined) return;
    this.#leftBytes = Infinity;
    if (typeof fault.then === 'string') {
      onEnd(fault.then);
      return;
    }
    const arrivesAtMs = clock.now() + fault.then;
    // An empty piece holds back what is behind it, too, where the fault falls between two pieces.
    this.#underWay.unshift({ arrivesAtMs, bytes: rest });
    this.#underWayBytes += rest.length;
  }
}
