import { ChatferryError } from '../../errors/chatferry-error.js';
import type { RangeHash } from '../../source/live-source.js';

/**
 * The hashes of one file, fetched on first use and kept for later callers. The list ends at a hash that fails or takes
 * too long: waiting for hashes must not take longer than fetching the file.
 */
export class LazyHashes {
  readonly #open: (signal: AbortSignal) => AsyncIterable<RangeHash>;
  readonly #timeoutMs: number;
  readonly #stop = new AbortController();
  readonly #outerSignal: AbortSignal;
  readonly #ranges: RangeHash[] = [];
  #iterator: AsyncIterator<RangeHash> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #hasEnded = false;
  #timedOut = false;

  /** @param timeoutMs - For each step of the iterator, not in total. */
  constructor(open: (signal: AbortSignal) => AsyncIterable<RangeHash>, timeoutMs: number, signal: AbortSignal) {
    this.#open = open;
    this.#timeoutMs = timeoutMs;
    this.#outerSignal = signal;
  }

  /** Whether the list ended because an answer took too long. */
  get timedOut(): boolean {
    return this.#timedOut;
  }

  /** The nth range, from 0. Undefined if there is none, or it could not be fetched. Never rejects. */
  async at(index: number): Promise<RangeHash | undefined> {
    while (this.#ranges.length <= index && !this.#hasEnded) {
      const next = this.#last.then(() => (this.#ranges.length <= index ? this.#fetchNext() : undefined));
      this.#last = next;
      await next;
    }
    return this.#ranges[index];
  }

  /** Stops a running request; callers that wait get undefined. */
  async close(): Promise<void> {
    this.#hasEnded = true;
    this.#stop.abort(new ChatferryError('INTERRUPTED', 'The hashes are no longer needed.'));
    await this.#last;
    await this.#iterator?.return?.();
  }

  async #fetchNext(): Promise<void> {
    if (this.#hasEnded) return;
    this.#iterator ??= this.#open(AbortSignal.any([this.#outerSignal, this.#stop.signal]))[Symbol.asyncIterator]();
    const timer = setTimeout(() => {
      this.#timedOut = true;
      this.#stop.abort(new ChatferryError('TIMEOUT', `No hashes came within ${this.#timeoutMs} ms.`));
    }, this.#timeoutMs);
    try {
      const next = await this.#iterator.next();
      if (next.done === true) this.#hasEnded = true;
      else this.#ranges.push(next.value);
    } catch {
      // Without hashes the file is fetched. The download meets the same error and reports it.
      this.#hasEnded = true;
    } finally {
      clearTimeout(timer);
    }
  }
}
