import { ChatferryError } from '../errors/chatferry-error.js';

export interface AdaptiveLimitOptions {
  readonly initial: number;
  /** @defaultValue 1 */
  readonly min?: number;
  readonly max: number;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** Why a limit changed. All reasons but `grow` lower it. */
export type LimitReason = 'grow' | 'latency' | 'flood-wait' | 'timeout' | 'lost';

/** One change of the limit. */
export interface LimitDecision {
  /** When, by the clock `now`. */
  readonly timeMs: number;
  /** The new limit. */
  readonly limit: number;
  readonly reason: LimitReason;
}

/** One request that was answered. */
export interface CompletedRequest {
  readonly bytes: number;
  readonly latencyMs: number;
  /** Whether the limit held further requests back. If there were none, a higher limit would not have helped. */
  readonly isSaturated: boolean;
}

/**
 * The limit is doubled while the time per byte stays below this multiple of the best one: up to there, requests do not
 * wait for each other.
 */
const DOUBLING_RATIO = 1.5;
/**
 * One more request is worth it if throughput grows by at least this share of what a request adds on an unlimited line.
 */
const SINGLE_SHARE = 0.5;
/** Applied to the limit after a doubling that went too far. */
const OVERSHOOT_RATIO = 0.75;
/** Requests are queueing if the time per byte is more than this multiple of the best one. */
const QUEUEING_RATIO = 2;
/**
 * An epoch has this many times the limit in answers, so that the effect of the limit shows. During doubling, one time
 * is enough.
 */
const ROUNDS_PER_EPOCH = 2;
const MIN_EPOCH_MS = 100;
/** The best figures decay by this factor in each epoch, since connections change. */
const DECAY_RATIO = 0.98;
/** After this many epochs without a change, the limit is raised by one, as a probe. */
const QUIET_EPOCHS = 8;
/** Losses within this time count as one. */
const MIN_MS_BETWEEN_LOSSES = 1000;
const MAX_DECISIONS = 500;

/**
 * How many requests to keep in flight, found by trial. The limit doubles with each round of answers until they take
 * longer (as TCP's slow start does, https://www.rfc-editor.org/rfc/rfc9406). Then it changes by single requests, and
 * halves after a loss (additive increase, multiplicative decrease, https://www.rfc-editor.org/rfc/rfc5681). More time
 * per byte without more throughput counts as a queue and lowers the limit by one.
 *
 * Purely event-driven: no timers.
 */
export class AdaptiveLimit {
  readonly #min: number;
  readonly #max: number;
  readonly #now: () => number;
  readonly #decisions: LimitDecision[] = [];
  #limit: number;
  #isDoubling = true;
  /** Whether the last change raised the limit, and no epoch has shown yet that it raised the throughput. */
  #hasGrown = false;
  #bestRate = 0;
  #minMsPerByte = Infinity;
  #lastLossMs = -Infinity;
  #quietEpochs = 0;
  #epochStartMs: number;
  #requestCount = 0;
  #saturatedCount = 0;
  #bytes = 0;
  #latencyMs = 0;

  /** @throws {ChatferryError} `USAGE` unless `min` ≤ `initial` ≤ `max` are integers of 1 or more. */
  constructor({ initial, min = 1, max, now }: AdaptiveLimitOptions) {
    const areIntegers = [initial, min, max].every((value) => Number.isSafeInteger(value) && value >= 1);
    if (!areIntegers || initial < min || initial > max) {
      throw new ChatferryError(
        'USAGE',
        `The initial limit must be an integer from ${min} to ${max}, both 1 or more, got ${initial}.`,
      );
    }
    this.#limit = initial;
    this.#min = min;
    this.#max = max;
    this.#now = now;
    this.#epochStartMs = now();
  }

  get limit(): number {
    return this.#limit;
  }

  /** The latest changes, oldest first. */
  get decisions(): readonly LimitDecision[] {
    return this.#decisions;
  }

  /** Records an answered request. */
  completed({ bytes, latencyMs, isSaturated }: CompletedRequest): void {
    const askedMs = this.#now() - latencyMs;
    // Requests that were sent under a smaller limit met a shorter queue, so their times do not count.
    if (this.#isDoubling && askedMs < this.#epochStartMs) return;
    if (this.#requestCount === 0) this.#epochStartMs = Math.max(this.#epochStartMs, askedMs);
    this.#requestCount += 1;
    if (isSaturated) this.#saturatedCount += 1;
    this.#bytes += bytes;
    this.#latencyMs += latencyMs;
    const spanMs = this.#now() - this.#epochStartMs;
    const isWhole = this.#isDoubling
      ? this.#requestCount >= this.#limit
      : this.#requestCount >= this.#limit * ROUNDS_PER_EPOCH && spanMs >= MIN_EPOCH_MS;
    if (!isWhole) return;
    this.#judge(spanMs);
    this.#beginEpoch();
  }

  /** Records a request that was lost, or refused because of too much load. Losses within a second count as one. */
  lost(reason: 'flood-wait' | 'timeout' | 'lost'): void {
    this.#isDoubling = false;
    const now = this.#now();
    if (now - this.#lastLossMs < MIN_MS_BETWEEN_LOSSES) return;
    this.#lastLossMs = now;
    this.#bestRate = 0; // The throughput before a loss says little about the throughput now.
    this.#set(Math.floor(this.#limit / 2), reason);
    this.#beginEpoch();
  }

  #judge(spanMs: number): void {
    if (this.#bytes === 0 || this.#saturatedCount * 2 < this.#requestCount) return;
    const rate = this.#bytes / Math.max(1, spanMs);
    const msPerByte = this.#latencyMs / this.#bytes;
    const isWorthMore = this.#isDoubling
      ? msPerByte <= this.#minMsPerByte * DOUBLING_RATIO
      : rate >= this.#bestRate * (1 + SINGLE_SHARE / this.#limit);
    const isQueueing = msPerByte > this.#minMsPerByte * QUEUEING_RATIO;
    this.#bestRate = Math.max(rate, this.#bestRate * DECAY_RATIO);
    this.#minMsPerByte = Math.min(msPerByte, this.#minMsPerByte / DECAY_RATIO);
    this.#quietEpochs += 1;
    if (isWorthMore) {
      this.#set(this.#isDoubling ? this.#limit * 2 : this.#limit + 1, 'grow');
    } else if (this.#isDoubling) {
      this.#isDoubling = false;
      this.#set(Math.ceil(this.#limit * OVERSHOOT_RATIO), 'latency');
    } else if (this.#hasGrown || isQueueing) {
      this.#set(this.#limit - 1, 'latency');
    } else if (this.#quietEpochs >= QUIET_EPOCHS) {
      this.#set(this.#limit + 1, 'grow');
    }
  }

  #beginEpoch(): void {
    this.#epochStartMs = this.#now();
    this.#requestCount = 0;
    this.#saturatedCount = 0;
    this.#bytes = 0;
    this.#latencyMs = 0;
  }

  #set(wanted: number, reason: LimitReason): void {
    const limit = Math.min(this.#max, Math.max(this.#min, wanted));
    this.#quietEpochs = 0;
    this.#hasGrown = limit > this.#limit;
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#decisions.push({ timeMs: this.#now(), limit, reason });
    if (this.#decisions.length > MAX_DECISIONS) this.#decisions.shift();
  }
}
