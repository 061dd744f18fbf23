import { TokenBucket } from 'limiter';

import { unlessAborted } from '../../concurrency/unless-aborted.js';
import { SpeedMeter } from '../progress/speed-meter.js';

/** Maximum size of the pieces of parts. It shares a slow line fairly, and never exceeds the capacity of the bucket. */
const MAX_PIECE_BYTES = 16 * 1024;
/** At a slow limit, a piece lasts a tenth of a second, so that a new limit takes effect quickly. */
const PIECES_PER_SECOND = 10;

export interface BandwidthOptions {
  /** 0: no limit. */
  readonly bytesPerSecond: number;
  /** How many seconds of the limit may be sent at once after a pause. @defaultValue 2 */
  readonly burstSeconds?: number;
}

/**
 * One limit for everything that is sent: a token bucket for all parts of all files. It starts empty, so that the limit
 * applies from the first second.
 */
export class Bandwidth {
  readonly #burstSeconds: number;
  #bytesPerSecond: number;
  #bucket: TokenBucket | undefined;
  #turn: Promise<void> = Promise.resolve();
  readonly #speed = new SpeedMeter(() => performance.now());

  constructor({ bytesPerSecond, burstSeconds = 2 }: BandwidthOptions) {
    this.#burstSeconds = burstSeconds;
    this.#bytesPerSecond = bytesPerSecond;
    this.#bucket = this.#newBucket();
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** The throughput of the last seconds. */
  get sentBytesPerSecond(): number {
    return Math.round(this.#speed.bytesPerSecond);
  }

  /**
   * Takes effect with the next piece, also for callers that are already waiting.
   *
   * @param bytesPerSecond - 0: no limit.
   */
  setLimit(bytesPerSecond: number): void {
    if (bytesPerSecond === this.#bytesPerSecond) return;
    this.#bytesPerSecond = bytesPerSecond;
    this.#bucket = this.#newBucket();
  }

  /** Waits until this many bytes may be sent. First come, first served. @throws the signal's reason when it aborts. */
  async take(byteCount: number, signal: AbortSignal): Promise<void> {
    for (let left = byteCount; left > 0 && this.#bucket !== undefined;) {
      const turn: Promise<number> = this.#turn.then(() => (signal.aborted ? 0 : this.#takePiece(left)));
      this.#turn = turn.then(() => undefined);
      left -= await unlessAborted(turn, signal);
    }
    this.#speed.add(byteCount);
  }

  /** @returns how many bytes were taken. */
  async #takePiece(maxBytes: number): Promise<number> {
    const bucket = this.#bucket;
    if (bucket === undefined) return maxBytes;
    const share = Math.ceil(this.#bytesPerSecond / PIECES_PER_SECOND);
    const count = Math.max(1, Math.min(maxBytes, MAX_PIECE_BYTES, share, Math.floor(bucket.bucketSize)));
    await bucket.removeTokens(count);
    return count;
  }

  #newBucket(): TokenBucket | undefined {
    if (this.#bytesPerSecond === 0) return undefined;
    const seconds = Math.max(this.#burstSeconds, 1 / PIECES_PER_SECOND);
    const bucketSize = Math.max(1, this.#bytesPerSecond * seconds);
    return new TokenBucket({ bucketSize, tokensPerInterval: this.#bytesPerSecond, interval: 1000 });
  }
}
