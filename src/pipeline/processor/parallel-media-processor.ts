import type { Outcome } from '../../concurrency/ordered-window.js';
import { Permits } from '../../concurrency/permits.js';
import { MemoryGate, type MemoryReading } from '../../memory/memory-gate.js';
import { ProcessTree } from '../../memory/process-tree.js';
import type { ConcurrencySnapshot } from '../../metrics/concurrency-metrics.js';
import type { ConcurrencyPoint } from '../../metrics/concurrency-series.js';
import type { Job } from './job.js';
import {
  checkConfiguration,
  type CheckedConfiguration,
  type ProcessorConfiguration,
} from './processor-configuration.js';
import { type ProcessorObserver, ProcessorRun, type RunConcurrency } from './processor-run.js';

export type { Job, JobContext } from './job.js';

export interface ProcessorParts {
  /** The processes whose memory counts. @defaultValue this process alone */
  readonly processTree?: ProcessTree;
  /** Of the default run, which `processBatch` and `processStream` of the processor itself belong to. */
  readonly observer?: ProcessorObserver;
  /** A monotonic clock, in milliseconds. @defaultValue performance.now */
  readonly now?: () => number;
  /** Reads resident bytes. @defaultValue `processTree.residentBytes()` */
  readonly readResidentBytes?: () => Promise<number>;
}

export interface RunOptions {
  readonly observer?: ProcessorObserver;
}

const BYTES_PER_MB = 1024 * 1024;

/**
 * Runs one job per item, several at once: bounded by permits, slowed down by memory and by failures, with results in the
 * order of the items. An item is a message or anything else. Messages without media bypass the permits: their job starts at once.
 *
 * Several runs can share one processor, see {@link ParallelMediaProcessor.startRun}. The permits and the memory limit are
 * common to all of them: memory above the limit leaves one permit, which the runs take in turns, so no run stalls. Within
 * a run it goes to the oldest waiting job, so the head of the window is never held up. Metrics, series and error rate
 * belong to each run.
 *
 * The processor's own `processBatch`, `processStream`, `metrics` and so on belong to a default run.
 */
export class ParallelMediaProcessor {
  /** The processes whose memory counts. Code that starts a process for a job adds it here. */
  readonly processTree: ProcessTree;
  readonly #configuration: CheckedConfiguration;
  readonly #permits: Permits;
  readonly #gate: MemoryGate;
  readonly #now: () => number;
  readonly #memoryWatchers = new Set<(reading: MemoryReading) => void>();
  readonly #defaultRun: ProcessorRun;

  /** @throws {ChatferryError} `USAGE`, when a field of the configuration is out of its range. */
  constructor(configuration: ProcessorConfiguration, parts: ProcessorParts = {}) {
    const { processTree = new ProcessTree(), observer, now = () => performance.now() } = parts;
    const { readResidentBytes = () => processTree.residentBytes() } = parts;
    this.processTree = processTree;
    this.#configuration = checkConfiguration(configuration);
    this.#permits = new Permits(this.#configuration.enableParallel ? this.#configuration.maxConcurrent : 1);
    this.#now = now;
    this.#gate = new MemoryGate({
      limitBytes: this.#configuration.memoryLimitMb * BYTES_PER_MB,
      checkIntervalMs: this.#configuration.checkMemoryInterval,
      readResidentBytes,
      onReading: (reading) => {
        this.#judgeMemory(reading);
      },
    });
    this.#defaultRun = this.startRun(observer === undefined ? {} : { observer });
  }

  get configuration(): CheckedConfiguration {
    return this.#configuration;
  }

  /** Jobs of the default run that could run now. */
  get permitLimit(): number {
    return this.#defaultRun.permitLimit;
  }

  /** Permits that all runs together hold now. 0 between two calls: a job always returns its permit. */
  get permitsHeld(): number {
    return this.#permits.heldCount;
  }

  /**
   * Starts a run with its own metrics, series and error rate. Runs that have jobs waiting get equal parts of the permits;
   * what one run does not use goes to the others. A run holds no resources between calls and needs no closing.
   */
  startRun({ observer = {} }: RunOptions = {}): ProcessorRun {
    return new ProcessorRun({
      configuration: this.#configuration,
      processTree: this.processTree,
      openShare: (onLimit) => this.#permits.share(onLimit),
      watchMemory: (onReading) => this.#watchMemory(onReading),
      isThrottled: () => this.#gate.closed,
      observer,
      now: this.#now,
    });
  }

  /** {@link ProcessorRun.processBatch} of the default run. */
  processBatch<In, Out>(
    items: readonly In[],
    job: Job<In, Out>,
    signal?: AbortSignal,
  ): Promise<readonly Outcome<In, Out>[]> {
    return this.#defaultRun.processBatch(items, job, signal);
  }

  /** {@link ProcessorRun.processStream} of the default run. */
  processStream<In, Out>(
    items: AsyncIterable<In>,
    job: Job<In, Out>,
    signal?: AbortSignal,
  ): AsyncGenerator<Outcome<In, Out>, void, void> {
    return this.#defaultRun.processStream(items, job, signal);
  }

  /** State of the default run at this moment. */
  concurrency(): RunConcurrency {
    return this.#defaultRun.concurrency();
  }

  /** Of the default run. */
  metrics(): ConcurrencySnapshot {
    return this.#defaultRun.metrics();
  }

  /** Of the default run. */
  series(): readonly ConcurrencyPoint[] {
    return this.#defaultRun.series();
  }

  /** {@link ProcessorRun.resetMetrics} of the default run. */
  resetMetrics(): void {
    this.#defaultRun.resetMetrics();
  }

  async #watchMemory(onReading: (reading: MemoryReading) => void): Promise<Disposable> {
    this.#memoryWatchers.add(onReading);
    const watch = await this.#gate.watch();
    return {
      [Symbol.dispose]: () => {
        this.#memoryWatchers.delete(onReading);
        watch[Symbol.dispose]();
      },
    };
  }

  #judgeMemory(reading: MemoryReading): void {
    if (reading.changed && reading.closed) this.#permits.cap('memory', 1);
    else if (reading.changed) this.#permits.uncap('memory');
    for (const onReading of this.#memoryWatchers) onReading(reading);
  }
}
