import type { Worker } from 'node:worker_threads';

import { ChatferryError, errorMessage } from '../../errors/chatferry-error.js';
import type { ReadingThread } from './start-thread.js';
import { errorOf } from './thread-failure.js';
import type { Reads, ThreadAnswer, ThreadNotice, ThreadRequest, WalkPage, Walks } from './thread-message.js';

interface Call {
  readonly request: ThreadRequest;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The item of a walk. */
type Item<Name extends keyof Walks> = ReturnType<Walks[Name]> extends Iterable<infer T> ? T : never;

/**
 * Sends requests to a thread that reads an archive, one at a time. So waiting requests can be cancelled, and a walk delays
 * other reads by one page at most.
 *
 * The thread keeps the process alive only while a request is open. An exit of the process waits for an open request.
 */
export class ThreadCalls {
  readonly #worker: Worker;
  readonly #waiting: Call[] = [];
  readonly #exited: Promise<void>;
  readonly #onExit: () => void;
  /** Sent, and not answered yet. */
  #current: Call | undefined;
  #isHeld = false;
  #walkCount = 0;
  /** Set when the thread has ended or is closed: the error of all later calls. */
  #end: ChatferryError | undefined;

  /** @param thread - Ended by {@link ThreadCalls.close}. */
  constructor({ worker, busy }: ReadingThread) {
    this.#worker = worker;
    this.#onExit = () => {
      busy.awaitEnd();
    };
    worker.unref();
    worker.on('message', (answer: ThreadAnswer) => {
      this.#answered(answer);
    });
    worker.on('messageerror', (error) => {
      this.#answered({ failure: { ...NO_ANSWER, message: `An answer cannot be read: ${errorMessage(error)}` } });
    });
    worker.on('error', (error) => {
      this.#over(diedBecause(errorMessage(error), error));
    });
    this.#exited = new Promise((resolve) => {
      worker.once('exit', (exitCode) => {
        this.#release();
        this.#over(diedBecause(`exit code ${exitCode}`));
        resolve();
      });
    });
  }

  /**
   * One answer.
   *
   * @throws {ChatferryError} as the method of the archive does; `INTERNAL` when the thread has died; `INTERRUPTED` when it was
   *   closed; the signal's reason when it aborts. The thread completes a running request, and its answer is ignored.
   */
  async read<Name extends keyof Reads>(
    name: Name,
    values: Parameters<Reads[Name]>,
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<Reads[Name]>>> {
    return (await this.#call({ type: 'read', name, values }, signal)) as Awaited<ReturnType<Reads[Name]>>;
  }

  /** The items of a walk, a page at a time. @throws as {@link ThreadCalls.read} does. */
  async *walk<Name extends keyof Walks>(
    name: Name,
    values: Parameters<Walks[Name]>,
    signal?: AbortSignal,
  ): AsyncGenerator<Item<Name>, void, void> {
    const walk = this.#walkCount++;
    let hasMore = true;
    try {
      for (
        let request: ThreadRequest = { type: 'walk', walk, name, values };
        hasMore;
        request = { type: 'next', walk }
      ) {
        const { items, isLast } = (await this.#call(request, signal)) as WalkPage;
        hasMore = !isLast;
        for (const item of items) {
          signal?.throwIfAborted();
          yield item as Item<Name>;
        }
      }
    } finally {
      if (hasMore) this.#tell({ type: 'leave', walk });
    }
  }

  /** Rejects open calls and waits until the thread has ended. It completes a running request before. A second call waits as well. */
  async close(): Promise<void> {
    const isFirst = this.#end === undefined;
    this.#over(new ChatferryError('INTERRUPTED', 'The archive was closed.'));
    if (isFirst) {
      this.#hold();
      this.#tell({ type: 'close' });
    }
    await this.#exited;
  }

  async #call(request: ThreadRequest, signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted();
    if (this.#end !== undefined) throw this.#end;
    let onAbort = (): void => undefined;
    try {
      return await new Promise((resolve, reject) => {
        const call: Call = { request, resolve, reject };
        onAbort = () => {
          this.#withdraw(call);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        this.#waiting.push(call);
        this.#next();
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #withdraw(call: Call): void {
    const index = this.#waiting.indexOf(call);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  #next(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#waiting.shift();
    if (this.#current === undefined) return;
    this.#hold();
    this.#worker.postMessage(this.#current.request);
  }

  #answered(answer: ThreadAnswer): void {
    const call = this.#current;
    this.#current = undefined;
    if ('failure' in answer) call?.reject(errorOf(answer.failure));
    else call?.resolve(answer.value);
    if (this.#end !== undefined) return; // `close` waits for the thread.
    this.#release();
    this.#next();
  }

  /** Keeps the process alive, and delays an exit until the running statement has ended. */
  #hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#worker.ref();
    process.on('exit', this.#onExit);
  }

  #release(): void {
    this.#isHeld = false;
    this.#worker.unref();
    process.off('exit', this.#onExit);
  }

  #tell(notice: ThreadNotice): void {
    this.#worker.postMessage(notice); // Has no effect if the thread has ended.
  }

  #over(end: ChatferryError): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const calls = [...(this.#current === undefined ? [] : [this.#current]), ...this.#waiting.splice(0)];
    this.#current = undefined;
    for (const { reject } of calls) reject(end);
  }
}

const NO_ANSWER = { code: 'INTERNAL', retryable: false, retryAfterMs: undefined, stack: undefined } as const;

function diedBecause(reason: string, cause?: unknown): ChatferryError {
  return new ChatferryError('INTERNAL', `The thread that reads the archive has ended: ${reason}. Open it again.`, {
    cause,
  });
}
