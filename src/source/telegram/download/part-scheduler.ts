import { ChatferryError } from '../../../errors/chatferry-error.js';

/** Files below this are small: Telegram's own clients keep a queue of their own for them. */
export const SMALL_FILE_BYTES: number = 20 * 1024 * 1024;

export type PartLane = 'small' | 'large';

/** A request for the right to fetch one part. */
export interface PartAsk {
  /** Of its file; lower goes first. */
  readonly priority: number;
  readonly lane: PartLane;
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
}

export interface PartSchedulerOptions {
  /** Requests under way at once. */
  readonly limit: number;
  /**
   * Bytes asked for and not yet on disk, over all files. A part that is larger goes alone.
   *
   * @defaultValue 16 MiB
   */
  readonly maxBytesInFlight?: number;
}

interface Waiting {
  readonly ask: PartAsk;
  readonly grant: () => void;
}

const DEFAULT_BYTES_IN_FLIGHT = 16 * 1024 * 1024;

/**
 * Decides which part of which open file is fetched next, over all of them.
 *
 * The file with the lowest priority goes first. A quarter of the requests is kept for the lane that has fewer, as long as
 * it has something to fetch: small files do not stand behind large ones, nor do they starve them.
 */
export class PartScheduler {
  readonly #maxBytesInFlight: number;
  readonly #waiting = new Set<Waiting>();
  readonly #held: Record<PartLane, number> = { small: 0, large: 0 };
  #limit: number;
  #bytesInFlight = 0;
  #lastLane: PartLane = 'large';

  /** @throws {ChatferryError} `USAGE` when a number is out of its range. */
  constructor({ limit, maxBytesInFlight = DEFAULT_BYTES_IN_FLIGHT }: PartSchedulerOptions) {
    if (!(maxBytesInFlight > 0)) {
      throw new ChatferryError('USAGE', `maxBytesInFlight must be more than 0, got ${maxBytesInFlight}.`);
    }
    this.#limit = checkLimit(limit);
    this.#maxBytesInFlight = maxBytesInFlight;
  }

  /** Requests that may be under way at once. */
  get limit(): number {
    return this.#limit;
  }

  /** What is under way goes on where it becomes less. @throws {ChatferryError} `USAGE` unless it is an integer of 1 or more. */
  set limit(limit: number) {
    this.#limit = checkLimit(limit);
    this.#grant();
  }

  /** Requests under way. */
  get heldCount(): number {
    return this.#held.small + this.#held.large;
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** Whether parts wait for their turn. */
  get isSaturated(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Waits for the turn of a part.
   *
   * @returns what has to be called once when its bytes are on disk, or will not come.
   * @throws the signal's reason, when it aborts first.
   */
  take(ask: PartAsk): Promise<() => void> {
    const { signal } = ask;
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(waiting);
        reject(signal.reason as Error);
        this.#grant(); // It may have been the one that others were held back for.
      };
      const waiting: Waiting = {
        ask,
        grant: () => {
          signal.removeEventListener('abort', abort);
          resolve(this.#hold(ask));
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiting);
      this.#grant();
    });
  }

  #hold({ lane, sizeBytes }: PartAsk): () => void {
    this.#held[lane] += 1;
    this.#bytesInFlight += sizeBytes;
    this.#lastLane = lane;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#held[lane] -= 1;
      this.#bytesInFlight -= sizeBytes;
      this.#grant();
    };
  }

  #grant(): void {
    while (this.heldCount < this.#limit) {
      const next = this.#next();
      // The next is not passed over for a smaller one: that could go on for ever.
      if (next === undefined || !this.#hasRoom(next.ask)) return;
      this.#waiting.delete(next);
      next.grant();
    }
  }

  #hasRoom({ sizeBytes }: PartAsk): boolean {
    return this.#bytesInFlight === 0 || this.#bytesInFlight + sizeBytes <= this.#maxBytesInFlight;
  }

  #next(): Waiting | undefined {
    const small = this.#first('small');
    const large = this.#first('large');
    if (small === undefined || large === undefined) return small ?? large;
    // With one request at a time the lanes take turns.
    if (this.#limit === 1) return this.#lastLane === 'small' ? large : small;
    const kept = Math.max(1, Math.floor(this.#limit / 4));
    if (this.#held.small < kept && this.#held.large >= this.#limit - kept) return small;
    if (this.#held.large < kept && this.#held.small >= this.#limit - kept) return large;
    return small.ask.priority <= large.ask.priority ? small : large;
  }

  #first(lane: PartLane): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.ask.lane !== lane) continue;
      if (first === undefined || waiting.ask.priority < first.ask.priority) first = waiting;
    }
    return first;
  }
}

function checkLimit(limit: number): number {
  if (Number.isSafeInteger(limit) && limit >= 1) return limit;
  throw new ChatferryError('USAGE', `limit must be an integer of 1 or more, got ${limit}.`);
}
