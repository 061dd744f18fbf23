import { TokenBucket } from 'limiter';

import { unlessAborted } from '../concurrency/unless-aborted.js';

/** Pieces of parts are this long, so that a slow line is shared fairly and the bucket is never asked for more than it holds. */
const MOST_PIECE_BYTES = 16 * 1024;

export interface BandwidthOptions {
  /** 0: no limit. */
  readonly bytesPerSecond: number;
  /** How many seconds' worth may be sent at once after a pause. @defaultValue 2 */
  readonly burstSeconds?: number;
}

/** One limit for everything that is sent: a token bucket that all parts of all files draw from. */
export class Bandwidth {
  readonly #burstSeconds: number;
  #bytesPerSecond: number;
  #bucket: TokenBucket | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor({ bytesPerSecond, burstSeconds = 2 }: BandwidthOptions) {
    this.#burstSeconds = burstSeconds;
    this.#bytesPerSecond = bytesPerSecond;
    this.#bucket = this.#newBucket();
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** Takes effect with the next piece. @param bytesPerSecond - 0: no limit. */
  setLimit(bytesPerSecond: number): void {
    if (bytesPerSecond === this.#bytesPerSecond) return;
    this.#bytesPerSecond = bytesPerSecond;
    this.#bucket = this.#newBucket();
  }

  /** Waits until so many bytes may be sent. First come, first served. @throws the signal's reason when it aborts. */
  async take(byteCount: number, signal: AbortSignal): Promise<void> {
    for (let left = byteCount; left > 0;) {
      const bucket = this.#bucket;
      if (bucket === undefined) return;
      const count = Math.min(left, MOST_PIECE_BYTES, Math.max(1, Math.floor(bucket.bucketSize)));
      const turn = this.#turn.then(async () => {
        if (!signal.aborted) await bucket.removeTokens(count);
      });
      this.#turn = turn;
      await unlessAborted(turn, signal);
      left -= count;
    }
  }

  #newBucket(): TokenBucket | undefined {
    if (this.#bytesPerSecond === 0) return undefined;
    const bucketSize = Math.max(1, this.#bytesPerSecond * this.#burstSeconds);
    return new TokenBucket({ bucketSize, tokensPerInterval: this.#bytesPerSecond, interval: 1000 });
  }
}
