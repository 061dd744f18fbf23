import { setMaxListeners } from 'node:events';

import { type Outcome, orderedWindow } from '../../concurrency/ordered-window.js';
import type { PermitShare } from '../../concurrency/permit-share.js';
import { unorderedWindow } from '../../concurrency/unordered-window.js';
import type { MemoryReading } from '../../memory/memory-gate.js';
import type { ProcessTree } from '../../memory/process-tree.js';
import { ConcurrencyMetrics, type ConcurrencySnapshot } from '../../metrics/concurrency-metrics.js';
import type { ConcurrencyPoint } from '../../metrics/concurrency-series.js';
import { ErrorRate } from './error-rate.js';
import { type Job, takesPermit } from './job.js';
import type { CheckedConfiguration } from './processor-configuration.js';

/** Receives events that slow a run down. Methods are called synchronously and must not throw. */
export interface ProcessorObserver {
  /** Memory above the limit left one permit (`closed`), or memory fell and all permits are back. */
  onThrottle?(reading: MemoryReading): void;
  /** Failures made the run sequential (`active`), or it is parallel again. `errorRatio` is 0 … 1. */
  onFallback?(active: boolean, errorRatio: number): void;
}

/** What a run gets from its processor. */
export interface ProcessorRunParts {
  readonly configuration: CheckedConfiguration;
  readonly processTree: ProcessTree;
  /** @param onLimit - Called when the limit of the share may have changed. */
  readonly openShare: (onLimit: () => void) => PermitShare;
  /** Calls `onReading` with each reading of memory, the first before it resolves, until disposed of. */
  readonly watchMemory: (onReading: (reading: MemoryReading) => void) => Promise<Disposable>;
  readonly isThrottled: () => boolean;
  readonly observer: ProcessorObserver;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** State of a run at one moment. */
export interface RunConcurrency {
  readonly inFlight: number;
  /** Jobs of this run that could run now. Those of other runs take permits away. */
  readonly permits: number;
  readonly throttled: boolean;
}

const NEVER_ABORTED = new AbortController().signal;

/**
 * One execution of a job over a {@link ParallelMediaProcessor}, with its own metrics and its own error rate. The permits
 * and the memory limit are those of the processor; each run gets a fair share of the permits.
 *
 * A job that fails or throws is a value in its place and returns its permit. More than 5 % failures in the last 50 jobs
 * make this run, and no other, sequential until 50 jobs in a row succeed. Media that the source refuses for good do not
 * count as such failures.
 *
 * A run holds no resources between calls: there is nothing to close.
 */
export class ProcessorRun {
  readonly #parts: ProcessorRunParts;
  readonly #share: PermitShare;
  readonly #errorRate = new ErrorRate();
  #metrics: ConcurrencyMetrics;
  #isThrottled = false;

  /** For the processor: other code calls `startRun`. @internal */
  constructor(parts: ProcessorRunParts) {
    this.#parts = parts;
    this.#share = parts.openShare(() => {
      this.#metrics.limited(this.#share.limit);
    });
    this.#metrics = new ConcurrencyMetrics(parts.now);
  }

  get configuration(): CheckedConfiguration {
    return this.#parts.configuration;
  }

  /** The processes whose memory counts. Code that starts a process for a job adds it here. */
  get processTree(): ProcessTree {
    return this.#parts.processTree;
  }

  /** Jobs of this run that could run now. */
  get permitLimit(): number {
    return this.#share.limit;
  }

  /** Permits that this run holds now. 0 between two calls: a job always returns its permit. */
  get permitsHeld(): number {
    return this.#share.heldCount;
  }

  /**
   * Runs the jobs of one batch and waits for all of them.
   *
   * @returns One outcome per item, in the order of `items`.
   * @throws the signal's reason, when it aborts; running jobs are awaited first.
   */
  async processBatch<In, Out>(
    items: readonly In[],
    job: Job<In, Out>,
    signal: AbortSignal = NEVER_ABORTED,
  ): Promise<readonly Outcome<In, Out>[]> {
    const outcomes: Outcome<In, Out>[] = [];
    const size = Math.max(1, items.length);
    for await (const outcome of this.#process(each(items), job, { size, signal })) outcomes.push(outcome);
    return outcomes;
  }

  /**
   * Runs the jobs of a stream, keeping the permits busy across its batches, through a bounded window.
   *
   * @returns One outcome per item, in the order of the stream.
   * @throws what the stream throws, once all earlier items have been yielded; the signal's reason, when it aborts.
   */
  processStream<In, Out>(
    items: AsyncIterable<In>,
    job: Job<In, Out>,
    signal: AbortSignal = NEVER_ABORTED,
  ): AsyncGenerator<Outcome<In, Out>, void, void> {
    return this.#process(items, job, { size: this.#parts.configuration.windowSize, signal });
  }

  /** As {@link ProcessorRun.processStream}, but yields each outcome as soon as its job has ended. */
  processUnordered<In, Out>(
    items: AsyncIterable<In>,
    job: Job<In, Out>,
    signal: AbortSignal = NEVER_ABORTED,
  ): AsyncGenerator<Outcome<In, Out>, void, void> {
    return this.#process(items, job, { size: this.#parts.configuration.windowSize, signal, isUnordered: true });
  }

  /** State of the run at this moment. */
  concurrency(): RunConcurrency {
    return { inFlight: this.#metrics.inFlight, permits: this.#share.limit, throttled: this.#parts.isThrottled() };
  }

  metrics(): ConcurrencySnapshot {
    return this.#metrics.snapshot();
  }

  series(): readonly ConcurrencyPoint[] {
    return this.#metrics.series();
  }

  /** Resets all counts and forgets past failures. Call it only while no job of this run is running. */
  resetMetrics(): void {
    const { now, observer, configuration } = this.#parts;
    this.#metrics = new ConcurrencyMetrics(now);
    if (this.#parts.isThrottled()) this.#metrics.throttled(true, this.#share.limit);
    const hadFallenBack = this.#errorRate.tripped && mayFallBack(configuration);
    this.#errorRate.reset();
    this.#share.uncap();
    if (hadFallenBack) observer.onFallback?.(false, 0);
  }

  async *#process<In, Out>(
    items: AsyncIterable<In>,
    job: Job<In, Out>,
    { size, signal, isUnordered = false }: { size: number; signal: AbortSignal; isUnordered?: boolean },
  ): AsyncGenerator<Outcome<In, Out>, void, void> {
    const watch = await this.#parts.watchMemory((reading) => {
      this.#judgeMemory(reading);
    });
    try {
      const start = (item: In, stopSignal: AbortSignal): Promise<Out> =>
        takesPermit(item) ? this.#runWithPermit(item, job, stopSignal) : this.#bypass(item, job, stopSignal);
      yield* (isUnordered ? unorderedWindow : orderedWindow)(items, start, { size, signal });
    } finally {
      watch[Symbol.dispose]();
    }
  }

  async #runWithPermit<In, Out>(item: In, job: Job<In, Out>, signal: AbortSignal): Promise<Out> {
    setMaxListeners(0, signal); // Every running job listens, so many listeners are no leak.
    const queuedMs = this.#parts.now();
    return this.#share.run(async () => {
      signal.throwIfAborted();
      const metrics = this.#metrics; // A reset while the job runs must not count an end without its start.
      metrics.started(this.#parts.now() - queuedMs, this.#share.limit);
      let failed = true;
      let connectionFailed = true;
      try {
        let mediaFailed = false;
        let fileFailedInTransit = false;
        const result = await job(item, {
          signal,
          media: (kind, end, bytes) => {
            metrics.media(kind, end, bytes);
            if (end === 'failed' || end === 'refused') mediaFailed = true;
            if (end === 'failed') fileFailedInTransit = true;
          },
          duplicate: (step, savedBytes) => {
            metrics.duplicate(step, savedBytes);
          },
        });
        failed = mediaFailed;
        connectionFailed = fileFailedInTransit;
        return result;
      } finally {
        if (!signal.aborted) this.#judgeErrors(connectionFailed);
        metrics.ended(failed, this.#share.limit);
      }
    });
  }

  #bypass<In, Out>(item: In, job: Job<In, Out>, signal: AbortSignal): Promise<Out> {
    this.#metrics.bypassed();
    return job(item, { signal, media: () => undefined, duplicate: () => undefined });
  }

  #judgeErrors(failed: boolean): void {
    const { observer, configuration } = this.#parts;
    if (!this.#errorRate.record(failed) || !mayFallBack(configuration)) return;
    const { tripped, ratio } = this.#errorRate;
    if (tripped) {
      this.#share.cap(1);
      this.#metrics.fellBack();
    } else {
      this.#share.uncap();
    }
    observer.onFallback?.(tripped, ratio);
  }

  #judgeMemory(reading: MemoryReading): void {
    this.#metrics.memory(reading.residentBytes);
    if (reading.closed === this.#isThrottled) return;
    this.#isThrottled = reading.closed;
    this.#metrics.throttled(reading.closed, this.#share.limit);
    this.#parts.observer.onThrottle?.(reading);
  }
}

/** A processor that is sequential anyway has nothing to fall back to. */
function mayFallBack({ enableParallel, maxConcurrent }: CheckedConfiguration): boolean {
  return enableParallel && maxConcurrent > 1;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, void> {
  for (const item of items) yield await Promise.resolve(item);
}
