import { ChatferryError } from '../../../errors/chatferry-error.js';

/** Files below this size are small. Telegram's own clients have a separate queue for them. */
export const SMALL_FILE_BYTES: number = 20 * 1024 * 1024;

export type PartLane = 'small' | 'large';

/** A request for permission to fetch one part. */
export interface PartRequest {
  /** Priority of the file. Lower values come first. */
  readonly priority: number;
  readonly lane: PartLane;
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
}

export interface PartSchedulerOptions {
  /** Maximum number of concurrent requests. */
  readonly limit: number;
  /**
   * Maximum number of bytes that are requested and not yet on disk, over all files. A larger part is fetched alone.
   *
   * @defaultValue 16 MiB
   */
  readonly maxBytesInFlight?: number;
}

interface Waiting {
  readonly request: PartRequest;
  readonly grant: () => void;
}

const DEFAULT_BYTES_IN_FLIGHT = 16 * 1024 * 1024;

/**
 * Decides which part of which open file is fetched next.
 *
 * The file with the lowest priority value comes first. A quarter of the requests is reserved for the lane that has
 * fewer, as long as it has parts to fetch. So small files do not wait behind large ones, and do not starve them.
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

  /** Maximum number of concurrent requests. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Lowering the limit does not interrupt running requests.
   *
   * @throws {ChatferryError} `USAGE` unless it is an integer of 1 or more.
   */
  set limit(limit: number) {
    this.#limit = checkLimit(limit);
    this.#grant();
  }

  /** Number of running requests. */
  get heldCount(): number {
    return this.#held.small + this.#held.large;
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** Whether parts are waiting. */
  get isSaturated(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Waits until a part may be fetched.
   *
   * @returns a function that has to be called once, when the bytes are on disk or the request has failed.
   * @throws the signal's reason, when it aborts first.
   */
  take(request: PartRequest): Promise<() => void> {
    const { signal } = request;
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(waiting);
        reject(signal.reason as Error);
        this.#grant(); // Others may have been waiting behind this one.
      };
      const waiting: Waiting = {
        request,
        grant: () => {
          signal.removeEventListener('abort', abort);
          resolve(this.#hold(request));
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiting);
      this.#grant();
    });
  }

  #hold({ lane, sizeBytes }: PartRequest): () => void {
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
      // A smaller part must not overtake the next one, which could then wait forever.
      if (next === undefined || !this.#hasRoom(next.request)) return;
      this.#waiting.delete(next);
      next.grant();
    }
  }

  #hasRoom({ sizeBytes }: PartRequest): boolean {
    return this.#bytesInFlight === 0 || this.#bytesInFlight + sizeBytes <= this.#maxBytesInFlight;
  }

  #next(): Waiting | undefined {
    const small = this.#first('small');
    const large = this.#first('large');
    if (small === undefined || large === undefined) return small ?? large;
    // With one request at a time, the lanes take turns.
    if (this.#limit === 1) return this.#lastLane === 'small' ? large : small;
    const reserved = Math.max(1, Math.floor(this.#limit / 4));
    if (this.#held.small < reserved && this.#held.large >= this.#limit - reserved) return small;
    if (this.#held.large < reserved && this.#held.small >= this.#limit - reserved) return large;
    return small.request.priority <= large.request.priority ? small : large;
  }

  #first(lane: PartLane): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.request.lane !== lane) continue;
      if (first === undefined || waiting.request.priority < first.request.priority) first = waiting;
    }
    return first;
  }
}

function checkLimit(limit: number): number {
  if (Number.isSafeInteger(limit) && limit >= 1) return limit;
  throw new ChatferryError('USAGE', `limit must be an integer of 1 or more, got ${limit}.`);
}
