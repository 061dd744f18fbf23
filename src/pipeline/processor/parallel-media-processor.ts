import { setMaxListeners } from 'node:events';

import { carriesMedia, type Message } from '../../chat/message.js';
import type { MediaKind } from '../../chat/media.js';
import { type Outcome, orderedWindow } from '../../concurrency/ordered-window.js';
import { Permits } from '../../concurrency/permits.js';
import { MemoryGate, type MemoryReading } from '../../memory/memory-gate.js';
import { ProcessTree } from '../../memory/process-tree.js';
import {
  ConcurrencyMetrics,
  type ConcurrencySnapshot,
  type DuplicateStep,
  type MediaEnd,
} from '../../metrics/concurrency-metrics.js';
import type { ConcurrencyPoint } from '../../metrics/concurrency-series.js';
import { ErrorRate } from './error-rate.js';
import {
  checkConfiguration,
  type CheckedConfiguration,
  type ProcessorConfiguration,
} from './processor-configuration.js';

/** What a job may use while it runs. */
export interface JobContext {
  /** Aborts when the run is cancelled or the consumer stops early. */
  readonly signal: AbortSignal;
  /**
   * Counts one medium. One that ends `failed` or `refused` makes the job count as failed, though it did not throw; only
   * `failed` speaks for fewer jobs at once.
   */
  media(kind: MediaKind, end: MediaEnd, bytes: number): void;
  /** Counts one medium, of those that are counted as stored, that was there already. */
  duplicate(step: DuplicateStep, savedBytes: number): void;
}

/** Runs the job of one message. */
export type Job<In extends Message, Out> = (message: In, context: JobContext) => Promise<Out>;

export interface ProcessorObserver {
  /** Memory took the permits away (`closed`) or gave them back. */
  onThrottle?(reading: MemoryReading): void;
  /** Failures called parallel work off (`active`), or it resumed. `errorRatio` is 0 … 1. */
  onFallback?(active: boolean, errorRatio: number): void;
}

export interface ProcessorParts {
  /** The processes whose memory counts. @defaultValue this process alone */
  readonly processTree?: ProcessTree;
  readonly observer?: ProcessorObserver;
  /** A monotonic clock, in milliseconds. @defaultValue performance.now */
  readonly now?: () => number;
  /** Reads resident bytes. @defaultValue `processTree.residentBytes()` */
  readonly readResidentBytes?: () => Promise<number>;
}

const BYTES_PER_MB = 1024 * 1024;

/**
 * Runs one job per message, several at once: bounded by permits, slowed down by memory and by failures, with results in
 * the order of the messages. Messages without media bypass the permits: their job starts at once.
 *
 * A job that fails or throws is a value in its place and gives its permit back. Memory above the limit leaves one
 * permit, which goes to the oldest job that waits, so that the head of the window is never held up. More than 5 %
 * failures in the last 50 jobs do the same until 50 in a row went well; what the source refuses for good is none of these.
 */
export class ParallelMediaProcessor {
  readonly #configuration: CheckedConfiguration;
  readonly #permits: Permits;
  readonly #errorRate = new ErrorRate();
  readonly #gate: MemoryGate;
  readonly #observer: ProcessorObserver;
  readonly #now: () => number;
  #metrics: ConcurrencyMetrics;

  /** @throws {ChatferryError} `USAGE`, when a field of the configuration is out of its range. */
  constructor(configuration: ProcessorConfiguration, parts: ProcessorParts = {}) {
    const { processTree = new ProcessTree(), observer = {}, now = () => performance.now() } = parts;
    const { readResidentBytes = () => processTree.residentBytes() } = parts;
    this.#configuration = checkConfiguration(configuration);
    this.#permits = new Permits(this.#configuration.enableParallel ? this.#configuration.maxConcurrent : 1);
    this.#observer = observer;
    this.#now = now;
    this.#metrics = new ConcurrencyMetrics(now);
    this.#gate = new MemoryGate({
      limitBytes: this.#configuration.memoryLimitMb * BYTES_PER_MB,
      checkIntervalMs: this.#configuration.checkMemoryInterval,
      readResidentBytes,
      onReading: (reading) => {
        this.#judgeMemory(reading);
      },
    });
  }

  get configuration(): CheckedConfiguration {
    return this.#configuration;
  }

  /** Jobs that may run now. */
  get permitLimit(): number {
    return this.#permits.limit;
  }

  /** Permits that are out now. 0 between two calls: a job always gives its permit back. */
  get permitsHeld(): number {
    return this.#permits.heldCount;
  }

  /**
   * Runs the jobs of one batch and waits for all of them.
   *
   * @returns One outcome per message, in the order of `messages`.
   * @throws the signal's reason, when it aborts; jobs that run are awaited first.
   */
  async processBatch<In extends Message, Out>(
    messages: readonly In[],
    job: Job<In, Out>,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<readonly Outcome<In, Out>[]> {
    const outcomes: Outcome<In, Out>[] = [];
    for await (const outcome of this.#process(each(messages), job, Math.max(1, messages.length), signal)) {
      outcomes.push(outcome);
    }
    return outcomes;
  }

  /**
   * Runs the jobs of a stream, keeping the permits busy across its batches, through a bounded window.
   *
   * @returns One outcome per message, in the order of the stream.
   * @throws what the stream throws, once all before it has been yielded; the signal's reason, when it aborts.
   */
  processStream<In extends Message, Out>(
    messages: AsyncIterable<In>,
    job: Job<In, Out>,
    signal: AbortSignal = new AbortController().signal,
  ): AsyncGenerator<Outcome<In, Out>, void, void> {
    return this.#process(messages, job, this.#configuration.windowSize, signal);
  }

  /** How it stands at this moment. */
  concurrency(): { readonly inFlight: number; readonly permits: number; readonly throttled: boolean } {
    return { inFlight: this.#metrics.inFlight, permits: this.#permits.limit, throttled: this.#gate.closed };
  }

  metrics(): ConcurrencySnapshot {
    return this.#metrics.snapshot();
  }

  series(): readonly ConcurrencyPoint[] {
    return this.#metrics.series();
  }

  /** Starts counting anew, and forgets past failures. Call it between two runs, not during one. */
  resetMetrics(): void {
    this.#metrics = new ConcurrencyMetrics(this.#now);
    if (this.#gate.closed) this.#metrics.throttled(true, this.#permits.limit);
    const hadFallenBack = this.#errorRate.tripped && this.#permits.ceiling > 1;
    this.#errorRate.reset();
    this.#permits.uncap('errors');
    if (hadFallenBack) this.#observer.onFallback?.(false, 0);
  }

  async *#process<In extends Message, Out>(
    messages: AsyncIterable<In>,
    job: Job<In, Out>,
    windowSize: number,
    signal: AbortSignal,
  ): AsyncGenerator<Outcome<In, Out>, void, void> {
    const watch = await this.#gate.watch();
    try {
      const start = (message: In, stopSignal: AbortSignal): Promise<Out> =>
        carriesMedia(message) ? this.#runWithPermit(message, job, stopSignal) : this.#bypass(message, job, stopSignal);
      yield* orderedWindow(messages, start, { size: windowSize, signal });
    } finally {
      watch[Symbol.dispose]();
    }
  }

  async #runWithPermit<In extends Message, Out>(message: In, job: Job<In, Out>, signal: AbortSignal): Promise<Out> {
    setMaxListeners(0, signal); // Every running job listens, so many listeners are no leak.
    const queuedMs = this.#now();
    return this.#permits.run(async () => {
      signal.throwIfAborted();
      const metrics = this.#metrics; // A reset in mid-run must not count an end without its start.
      metrics.started(this.#now() - queuedMs, this.#permits.limit);
      let failed = true;
      let blamesTheLine = true;
      try {
        let mediaFailed = false;
        let lineFailed = false;
        const result = await job(message, {
          signal,
          media: (kind, end, bytes) => {
            metrics.media(kind, end, bytes);
            if (end === 'failed' || end === 'refused') mediaFailed = true;
            if (end === 'failed') lineFailed = true;
          },
          duplicate: (step, savedBytes) => {
            metrics.duplicate(step, savedBytes);
          },
        });
        failed = mediaFailed;
        blamesTheLine = lineFailed;
        return result;
      } finally {
        if (!signal.aborted) this.#judgeErrors(blamesTheLine);
        metrics.ended(failed, this.#permits.limit);
      }
    });
  }

  #bypass<In extends Message, Out>(message: In, job: Job<In, Out>, signal: AbortSignal): Promise<Out> {
    this.#metrics.bypassed();
    return job(message, { signal, media: () => undefined, duplicate: () => undefined });
  }

  #judgeErrors(failed: boolean): void {
    if (!this.#errorRate.record(failed) || this.#permits.ceiling === 1) return;
    const { tripped, ratio } = this.#errorRate;
    if (tripped) {
      this.#permits.cap('errors', 1);
      this.#metrics.fellBack();
    } else {
      this.#permits.uncap('errors');
    }
    this.#observer.onFallback?.(tripped, ratio);
  }

  #judgeMemory(reading: MemoryReading): void {
    this.#metrics.memory(reading.residentBytes);
    if (!reading.changed) return;
    if (reading.closed) this.#permits.cap('memory', 1);
    else this.#permits.uncap('memory');
    this.#metrics.throttled(reading.closed, this.#permits.limit);
    this.#observer.onThrottle?.(reading);
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, void> {
  for (const item of items) yield await Promise.resolve(item);
}
