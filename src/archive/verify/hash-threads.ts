import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';

import { startOwnThread } from '../../children/own-thread.js';
import { ChatferryError } from '../../errors/chatferry-error.js';

/** The result of reading a file to its end. */
export type FileDigest =
  | { readonly sizeBytes: number; readonly sha256: string; readonly error?: undefined }
  /** An error of the operating system. */
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

/** Two threads are as fast as most disks, and leave the other cores to other programs. */
const MAX_THREADS = 2;

/** Reads and hashes files in two threads. Dispose of it to stop them. */
export class HashThreads implements AsyncDisposable {
  /** Jobs at once. Further jobs wait. */
  readonly concurrency: number = Math.min(MAX_THREADS, Math.max(1, availableParallelism()));
  readonly #threads: Thread[] = [];
  readonly #waiting: Job[] = [];
  #isOver = false;

  /**
   * Hashes a few files, one after the other. A file that cannot be read is an error value.
   *
   * @param paths - Absolute.
   * @throws {ChatferryError} `INTERRUPTED` when it was disposed of meanwhile; `INTERNAL` when a thread ends
   *   unexpectedly.
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
    const worker = startOwnThread('./hash-files', import.meta.url, { name: 'hash-files' });
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
