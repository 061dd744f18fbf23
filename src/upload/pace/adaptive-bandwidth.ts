import type { Bandwidth } from './bandwidth.js';

const GOOD_BEFORE_GROWTH = 10;
const GROWTH_RATIO = 1.1;
const BAD_BEFORE_CUT = 3;
const CUT_RATIO = 0.8;
/** At a lower limit, there would be too few requests to adapt to. */
const MIN_BYTES_PER_SECOND = 16 * 1024;

export interface AdaptiveBandwidthOptions {
  readonly bandwidth: Bandwidth;
  /** The limit that the user set; never exceeded. 0: no limit. */
  readonly maxBytesPerSecond: number;
  /** The current speed. Without a limit by the user, the first reduction starts from it. */
  readonly readBytesPerSecond: () => number;
  /** Called with messages for the user. */
  readonly onChange: (bytesPerSecond: number) => void;
}

/**
 * Adapts the limit to the connection: 10 % more after ten good parts in a row, 20 % less after three bad ones. Ten good parts
 * in a row also reset the count of bad ones.
 */
export class AdaptiveBandwidth {
  readonly #options: AdaptiveBandwidthOptions;
  #goodCount = 0;
  #badCount = 0;

  constructor(options: AdaptiveBandwidthOptions) {
    this.#options = options;
  }

  /** The target accepted a part. */
  succeeded(): void {
    this.#goodCount += 1;
    if (this.#goodCount < GOOD_BEFORE_GROWTH) return;
    this.#goodCount = 0;
    this.#badCount = 0;
    const { bandwidth, maxBytesPerSecond } = this.#options;
    const now = bandwidth.bytesPerSecond;
    if (now === 0) return;
    const grown = Math.floor(now * GROWTH_RATIO);
    this.#set(maxBytesPerSecond === 0 ? grown : Math.min(maxBytesPerSecond, grown));
  }

  /** A part failed because of the connection or the target. */
  failed(): void {
    this.#goodCount = 0;
    this.#badCount += 1;
    if (this.#badCount < BAD_BEFORE_CUT) return;
    this.#badCount = 0;
    const { bandwidth, maxBytesPerSecond, readBytesPerSecond } = this.#options;
    const now = bandwidth.bytesPerSecond === 0 ? readBytesPerSecond() : bandwidth.bytesPerSecond;
    if (now === 0) return;
    const least = maxBytesPerSecond === 0 ? MIN_BYTES_PER_SECOND : Math.min(maxBytesPerSecond, MIN_BYTES_PER_SECOND);
    this.#set(Math.max(least, Math.floor(now * CUT_RATIO)));
  }

  #set(bytesPerSecond: number): void {
    const { bandwidth, onChange } = this.#options;
    if (bytesPerSecond === bandwidth.bytesPerSecond) return;
    bandwidth.setLimit(bytesPerSecond);
    onChange(bytesPerSecond);
  }
}
