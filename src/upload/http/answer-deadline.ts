import { ChatferryError } from '../../errors/chatferry-error.js';

/** The longest duration of a whole answer, in multiples of the timeout, which an answer that arrives byte by byte never meets. */
const TIMES_TIMEOUT = 4;
const LONGEST_MS = 5 * 60_000;

/** The longest time for a complete short answer, from the end of the request, in milliseconds. */
export function answerDeadlineMs(timeoutMs: number): number {
  return Math.max(timeoutMs, Math.min(timeoutMs * TIMES_TIMEOUT, LONGEST_MS));
}

/** Ends a request whose answer takes too long. A server that sends byte by byte never meets the timeout for silence. */
export class AnswerDeadline implements Disposable {
  readonly #stop = new AbortController();
  readonly #outer: AbortSignal;
  readonly #host: string;
  readonly #ms: number;
  #timer: NodeJS.Timeout | undefined;
  #failure: ChatferryError | undefined;

  /** @param timeoutMs - The longest silence. @param outer - Ends the request as well. */
  constructor(host: string, timeoutMs: number, outer: AbortSignal) {
    this.#host = host;
    this.#ms = answerDeadlineMs(timeoutMs);
    this.#outer = outer;
    if (outer.aborted) this.#onAbort();
    else outer.addEventListener('abort', this.#onAbort);
  }

  /** The signal for the request. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Why this deadline ended the request. */
  get failure(): ChatferryError | undefined {
    return this.#failure;
  }

  /** The request is sent: the deadline starts now. */
  start(): void {
    this.#timer ??= setTimeout(() => {
      const message = `${this.#host} did not finish its answer in time.`;
      this.fail(new ChatferryError('TIMEOUT', message, { retryable: true }));
    }, this.#ms);
  }

  /** The answer is long, and may take as long as data arrives. */
  lift(): void {
    clearTimeout(this.#timer);
  }

  /** Ends the request. */
  fail(error: ChatferryError): void {
    this.#failure ??= error;
    this.#stop.abort(error);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.#stop.abort(this.#outer.reason);
  };
}
