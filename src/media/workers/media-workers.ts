import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { Permits } from '../../concurrency/permits.js';
import { removeOwnFile } from '../../disk/own-file.js';
import { ChatferryError } from '../../errors/chatferry-error.js';
import { ProcessTree } from '../../memory/process-tree.js';
import { residentBytesOf } from '../../memory/resident-memory.js';
import type { CopyToProve } from '../film/copy/copy-proof.js';
import { isDerivativeName } from '../derivative-name.js';
import { type FfmpegBinaries, NO_FFMPEG } from '../ffmpeg/ffmpeg-binaries.js';
import { JobClock } from './job-clock.js';
import type { DescribedMedia, MediaJob } from '../media-job.js';
import { MemoryBudget } from './memory-budget.js';
import { pathOf, type WorkerTask } from './worker-message.js';
import { WorkerLost, WorkerProcess } from './worker-process.js';

export interface MediaWorkersOptions {
  /** Jobs at once, each in a separate process. At least 1. */
  readonly count: number;
  /** Undefined where there is none. */
  readonly ffmpeg: FfmpegBinaries | undefined;
  /** The problem text for files that need ffmpeg, where there is none. @defaultValue to install it */
  readonly noFfmpeg?: string;
  /** The memory of workers and of their programs is counted here. @defaultValue a new one */
  readonly tree?: ProcessTree;
  /** A job that takes longer is ended. Jobs that make or prove a smaller copy may take two hours. @defaultValue 120000 */
  readonly jobTimeoutMs?: number;
  /** A job whose processes use more is ended. @defaultValue 1 GB */
  readonly jobMemoryBytes?: number;
  /**
   * Memory limit of all processes together: a job waits until its expected memory is available. A job that exceeds the limit on
   * its own runs alone.
   *
   * @defaultValue 600 MB
   */
  readonly memoryBytes?: number;
}

const WATCH_INTERVAL_MS = 250;
const TRIES = 2;
/** Resident memory without a job, measured on Linux: this process, and each worker with sharp loaded. */
const MAIN_BYTES = 70e6;
const WORKER_BYTES = 85e6;
/** Programs that read a video to its end have their own timeouts: they are ended when their output stops. */
const LONG_TASK_MS = 7_200_000;

/**
 * Runs media jobs in worker processes, so that a crashing decoder affects only one file. Workers are started on demand; dispose
 * of this to end them.
 *
 * A job has a time limit and a memory limit. A job whose worker crashes is tried once more in another.
 */
export class MediaWorkers implements AsyncDisposable {
  readonly #options: Required<Omit<MediaWorkersOptions, 'ffmpeg'>> & Pick<MediaWorkersOptions, 'ffmpeg'>;
  readonly #permits: Permits;
  readonly #budget: MemoryBudget;
  readonly #idle: WorkerProcess[] = [];
  readonly #all = new Set<WorkerProcess>();
  readonly #starting = new Set<Promise<WorkerProcess>>();
  #isClosed = false;

  /** @throws {RangeError} when `count` is not an integer of 1 or more. */
  constructor(options: MediaWorkersOptions) {
    this.#options = {
      tree: new ProcessTree(),
      jobTimeoutMs: 120_000,
      jobMemoryBytes: 1e9,
      memoryBytes: 600e6,
      noFfmpeg: NO_FFMPEG,
      ...options,
    };
    this.#permits = new Permits(options.count);
    const ownBytes = MAIN_BYTES + options.count * WORKER_BYTES;
    this.#budget = new MemoryBudget(this.#options.memoryBytes - ownBytes);
  }

  /** Number of running jobs. */
  get heldCount(): number {
    return this.#permits.heldCount;
  }

  /** Process ids of the workers. */
  get pids(): readonly number[] {
    return [...this.#all].map(({ pid }) => pid);
  }

  /**
   * Describes a file as soon as a worker is free.
   *
   * @throws {ChatferryError} `TIMEOUT`, `CONTENT_MISMATCH` when it exceeds the memory limit or crashes its worker twice,
   *   `FILE_SYSTEM` when the file cannot be read; the signal's reason when it aborts.
   * @param onStart - Called when a worker is free for it.
   */
  async run(job: MediaJob, signal: AbortSignal, onStart?: () => void): Promise<DescribedMedia> {
    const described = await this.#do({ type: 'describe', job }, signal, onStart);
    if (described === undefined) throw new ChatferryError('INTERNAL', `Nothing was said of ${job.path}.`);
    return described;
  }

  /**
   * Decodes both files completely and compares them, as soon as a worker is free.
   *
   * @throws {ChatferryError} `CONTENT_MISMATCH` with what is wrong with the copy; otherwise as {@link MediaWorkers.run}.
   */
  async prove(copy: CopyToProve, signal: AbortSignal): Promise<void> {
    await this.#do({ type: 'prove', copy }, signal);
  }

  #do(task: WorkerTask, signal: AbortSignal, onStart?: () => void): Promise<DescribedMedia | undefined> {
    return this.#permits.run(async () => {
      signal.throwIfAborted();
      onStart?.();
      for (let trial = 1; ; trial += 1) {
        signal.throwIfAborted();
        const worker = await this.#take();
        try {
          return await this.#runOn(worker, task, signal);
        } catch (error) {
          if (!worker.isUsable && task.type === 'describe') await removeUnfinished(task.job);
          if (!(error instanceof WorkerLost) || this.#isClosed) throw error;
          if (trial < TRIES) continue;
          const message = `${pathOf(task)} ended its worker ${trial} times. ${error.message}`;
          throw new ChatferryError('CONTENT_MISMATCH', message, { cause: error });
        } finally {
          if (worker.isUsable && !this.#isClosed) this.#idle.push(worker);
          else await this.#discard(worker);
        }
      }
    });
  }

  /** Ends all workers, busy ones immediately. Running and waiting jobs fail. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const idle = new Set(this.#idle);
    await Promise.allSettled(this.#starting); // Each of them ends itself when it sees that this is disposed.
    await Promise.all([...this.#all].map((worker) => (idle.has(worker) ? worker.close() : worker.kill())));
    this.#all.clear();
  }

  async #take(): Promise<WorkerProcess> {
    for (let worker = this.#idle.pop(); worker !== undefined; worker = this.#idle.pop()) {
      if (worker.isUsable) return worker;
      await this.#discard(worker);
    }
    this.#refuseWhenClosed();
    const starting = WorkerProcess.start(this.#options.tree);
    this.#starting.add(starting);
    const worker = await starting.finally(() => this.#starting.delete(starting));
    this.#all.add(worker);
    if (this.#isClosed) await this.#discard(worker);
    this.#refuseWhenClosed();
    return worker;
  }

  #timeoutOf(task: WorkerTask): number {
    const isLong = task.type === 'prove' || (task.job.transcode !== undefined && this.#options.ffmpeg !== undefined);
    return isLong ? Math.max(this.#options.jobTimeoutMs, LONG_TASK_MS) : this.#options.jobTimeoutMs;
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new ChatferryError('INTERNAL', 'The media workers have been ended.');
  }

  async #discard(worker: WorkerProcess): Promise<void> {
    await worker.kill();
    this.#all.delete(worker);
  }

  async #runOn(worker: WorkerProcess, task: WorkerTask, signal: AbortSignal): Promise<DescribedMedia | undefined> {
    const { ffmpeg, noFfmpeg, jobMemoryBytes } = this.#options;
    const path = pathOf(task);
    signal.throwIfAborted(); // It may have aborted while the worker started.
    let verdict: ChatferryError | undefined;
    const end = (reason?: ChatferryError): void => {
      verdict ??= reason;
      void worker.kill();
    };
    const onAbort = (): void => {
      end();
    };
    using clock = new JobClock(this.#timeoutOf(task), () => {
      end(new ChatferryError('TIMEOUT', `${path} was not done after ${clock.limit}.`));
    });
    const watch = new AbortController();
    const givesBack: (() => void)[] = [];
    let granted = jobMemoryBytes;
    const onNeed = async (bytes: number, mayHoldNoMore: boolean): Promise<void> => {
      clock.pause();
      givesBack.push(await this.#budget.take(bytes, watch.signal));
      if (mayHoldNoMore) granted = Math.min(granted, (await residentBytesIn(worker)) + bytes);
      clock.resume();
    };
    const watching = watchMemory(worker, watch.signal, (bytes) => {
      if (bytes <= granted) return;
      const [used, most] = [bytes, granted].map((count) => Math.round(count / 1e6));
      end(new ChatferryError('CONTENT_MISMATCH', `${path} took ${used} MB to decode; ${most} MB are granted.`));
    });
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await worker.run({ task, ...(ffmpeg === undefined ? { noFfmpeg } : { ffmpeg }) }, onNeed);
    } catch (error) {
      signal.throwIfAborted();
      throw verdict ?? error;
    } finally {
      watch.abort(); // Also a job that still waits to be admitted.
      for (const giveBack of givesBack) giveBack();
      signal.removeEventListener('abort', onAbort);
      await watching;
    }
  }
}

/** Removes the incomplete files of a job whose worker has died. */
async function removeUnfinished({ outputFolder, name }: MediaJob): Promise<void> {
  if (outputFolder === undefined) return;
  const files = await readdir(outputFolder).catch(() => []); // The folder may be gone.
  const made = files.filter((file) => isDerivativeName(file, name));
  await Promise.all(made.map((file) => removeOwnFile(join(outputFolder, file))));
}

/** Reads until the signal aborts. Never rejects: a process that has ended uses no memory. */
async function watchMemory(
  worker: WorkerProcess,
  signal: AbortSignal,
  onReading: (bytes: number) => void,
): Promise<void> {
  while (await ticked(signal)) onReading(await residentBytesIn(worker));
}

/** Of the worker and its programs. */
async function residentBytesIn({ pids }: WorkerProcess): Promise<number> {
  const readings = await Promise.allSettled(pids.map((pid) => residentBytesOf(pid)));
  return readings.reduce((sum, reading) => sum + (reading.status === 'fulfilled' ? reading.value : 0), 0);
}

async function ticked(signal: AbortSignal): Promise<boolean> {
  await setTimeout(WATCH_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}
