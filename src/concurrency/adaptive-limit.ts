import { ChatferryError } from '../errors/chatferry-error.js';

export interface AdaptiveLimitOptions {
  readonly initial: number;
  /** @defaultValue 1 */
  readonly min?: number;
  readonly max: number;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** Why a limit changed. All but `grow` made it smaller. */
export type LimitReason = 'grow' | 'latency' | 'flood-wait' | 'timeout' | 'lost';

/** One change of the limit. */
export interface LimitDecision {
  /** By the clock. */
  readonly timeMs: number;
  /** From now on. */
  readonly limit: number;
  readonly reason: LimitReason;
}

/** One request that was answered. */
export interface CompletedRequest {
  readonly bytes: number;
  readonly latencyMs: number;
  /** Whether it was the limit that kept further requests back. Where there was nothing more to ask, more would not help. */
  readonly isSaturated: boolean;
}

/**
 * As long as a byte takes less than so many times what it took at best, a doubled limit only fills the line: a request
 * waits for its way there and back, and not for others.
 */
const DOUBLING_RATIO = 1.5;
/** Throughput must grow by so much of what one request more would bring on an endless line for that one to be worth it. */
const SINGLE_SHARE = 0.5;
/** What stays of a limit that was doubled once too often. */
const TAKEN_BACK = 0.75;
/** So much more time per byte than at best means that requests stand in a queue. */
const QUEUEING_RATIO = 2;
/** An epoch is this many times the limit: long enough for the limit to show in it. While it doubles, one time is enough. */
const ROUNDS_PER_EPOCH = 2;
const LEAST_EPOCH_MS = 100;
/** The best figures are forgotten slowly, since lines change. */
const FORGETTING = 0.98;
/** Without a reason to grow or to shrink, one more is tried after so many epochs. */
const QUIET_EPOCHS = 8;
/** What is lost together counts once. */
const LEAST_MS_BETWEEN_LOSSES = 1000;
const MOST_DECISIONS = 500;

/**
 * How many requests to have under way, found out by trying: it doubles with each round of answers until they take longer
 * (as TCP's slow start does, https://www.rfc-editor.org/rfc/rfc9406), then adds and takes away single ones, and halves
 * when something is lost (additive increase, multiplicative decrease, https://www.rfc-editor.org/rfc/rfc5681). Rising time
 * per byte without more throughput counts as a queue, and is taken back.
 *
 * It decides when it is told something, and has no timers.
 */
export class AdaptiveLimit {
  readonly #min: number;
  readonly #max: number;
  readonly #now: () => number;
  readonly #decisions: LimitDecision[] = [];
  #limit: number;
  #isDoubling = true;
  /** Whether the last change made it larger, and nothing has shown yet that it was worth it. */
  #hasGrown = false;
  #bestRate = 0;
  #leastMsPerByte = Infinity;
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
      throw new ChatferryError('USAGE', `A limit of ${initial} must be an integer from ${min} to ${max}, from 1 on.`);
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

  /** Something was answered. */
  completed({ bytes, latencyMs, isSaturated }: CompletedRequest): void {
    const askedMs = this.#now() - latencyMs;
    // What was asked for under a smaller limit would be taken for a line without a queue.
    if (this.#isDoubling && askedMs < this.#epochStartMs) return;
    if (this.#requestCount === 0) this.#epochStartMs = Math.max(this.#epochStartMs, askedMs);
    this.#requestCount += 1;
    if (isSaturated) this.#saturatedCount += 1;
    this.#bytes += bytes;
    this.#latencyMs += latencyMs;
    const spanMs = this.#now() - this.#epochStartMs;
    const isWhole = this.#isDoubling
      ? this.#requestCount >= this.#limit
      : this.#requestCount >= this.#limit * ROUNDS_PER_EPOCH && spanMs >= LEAST_EPOCH_MS;
    if (!isWhole) return;
    this.#judge(spanMs);
    this.#beginEpoch();
  }

  /** Something was refused for being too much, or lost. What happens at the same time counts once. */
  lost(reason: 'flood-wait' | 'timeout' | 'lost'): void {
    this.#isDoubling = false;
    const now = this.#now();
    if (now - this.#lastLossMs < LEAST_MS_BETWEEN_LOSSES) return;
    this.#lastLossMs = now;
    this.#bestRate = 0; // What the line gave before says little about what it gives now.
    this.#set(Math.floor(this.#limit / 2), reason);
    this.#beginEpoch();
  }

  #judge(spanMs: number): void {
    if (this.#bytes === 0 || this.#saturatedCount * 2 < this.#requestCount) return;
    const rate = this.#bytes / Math.max(1, spanMs);
    const msPerByte = this.#latencyMs / this.#bytes;
    const isWorthMore = this.#isDoubling
      ? msPerByte <= this.#leastMsPerByte * DOUBLING_RATIO
      : rate >= this.#bestRate * (1 + SINGLE_SHARE / this.#limit);
    const isQueueing = msPerByte > this.#leastMsPerByte * QUEUEING_RATIO;
    this.#bestRate = Math.max(rate, this.#bestRate * FORGETTING);
    this.#leastMsPerByte = Math.min(msPerByte, this.#leastMsPerByte / FORGETTING);
    this.#quietEpochs += 1;
    if (isWorthMore) {
      this.#set(this.#isDoubling ? this.#limit * 2 : this.#limit + 1, 'grow');
    } else if (this.#isDoubling) {
      this.#isDoubling = false;
      this.#set(Math.ceil(this.#limit * TAKEN_BACK), 'latency');
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
    if (this.#decisions.length > MOST_DECISIONS) this.#decisions.shift();
  }
}
