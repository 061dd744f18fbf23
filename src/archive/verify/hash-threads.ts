import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import { ChatferryError } from '../../errors/chatferry-error.js';

/** What became of a file that was read to its end. */
export type FileDigest =
  | { readonly sizeBytes: number; readonly sha256: string; readonly error?: undefined }
  /** Of the operating system. */
  | { readonly error: { readonly code: string; readonly message: string } };

interface Job {
  readonly paths: readonly string[];
  readonly resolve: (digests: readonly FileDigest[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  job: Job | undefined;
}

// The relative place is the same from the sources and from what is built of them.
const PROGRAM = new URL('../../../threads/hash-files.js', import.meta.url);
/** Two are as fast as most disks, and leave the other cores to other programs. */
const MOST_THREADS = 2;

/** Reads files to their ends and hashes them, two at once, each in a thread of its own. Dispose of it to end them. */
export class HashThreads implements AsyncDisposable {
  /** Jobs at once. More only wait. */
  readonly concurrency: number = Math.min(MOST_THREADS, Math.max(1, availableParallelism()));
  readonly #threads: Thread[] = [];
  readonly #waiting: Job[] = [];
  #isOver = false;

  /**
   * Hashes a few files, one after the other. What cannot be read is an answer.
   *
   * @param paths - Absolute.
   * @throws {ChatferryError} `INTERRUPTED` when it was disposed of meanwhile; `INTERNAL` when a thread ends.
   */
  digests(paths: readonly string[]): Promise<readonly FileDigest[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ paths, resolve, reject });
      this.#next();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
    const over = new ChatferryError('INTERRUPTED', 'Reading files was stopped.');
    for (const { reject } of this.#waiting.splice(0)) reject(over);
    for (const { job } of this.#threads) job?.reject(over);
  }

  #next(): void {
    const job = this.#waiting[0];
    if (job === undefined || this.#isOver) return;
    const thread = this.#threads.find((candidate) => candidate.job === undefined) ?? this.#start();
    if (thread === undefined) return;
    this.#waiting.shift();
    thread.job = job;
    thread.worker.postMessage(job.paths);
  }

  #start(): Thread | undefined {
    if (this.#threads.length >= this.concurrency) return undefined;
    const worker = new Worker(PROGRAM);
    const thread: Thread = { worker, job: undefined };
    this.#threads.push(thread);
    worker.on('message', (digests: readonly FileDigest[]) => {
      thread.job?.resolve(digests);
      thread.job = undefined;
      this.#next();
    });
    worker.on('error', (cause) => {
      this.#threads.splice(this.#threads.indexOf(thread), 1);
      thread.job?.reject(new ChatferryError('INTERNAL', 'A thread that reads files has ended.', { cause }));
    });
    return thread;
  }
}
