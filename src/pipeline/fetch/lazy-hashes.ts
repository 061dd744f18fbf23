import { ChatferryError } from '../../errors/chatferry-error.js';
import type { RangeHash } from '../../source/live-source.js';

/**
 * The hashes of one file, fetched when the first asks for them and kept for all who ask later. What cannot be had in
 * time ends them: nobody waits for hashes when the bytes would come as well.
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

  /** @param timeoutMs - For each step, not for the whole. */
  constructor(open: (signal: AbortSignal) => AsyncIterable<RangeHash>, timeoutMs: number, signal: AbortSignal) {
    this.#open = open;
    this.#timeoutMs = timeoutMs;
    this.#outerSignal = signal;
  }

  /** Whether it ended because an answer took too long. */
  get timedOut(): boolean {
    return this.#timedOut;
  }

  /** The nth range, from 0. Undefined where there is none, or it cannot be had. Never rejects. */
  async at(index: number): Promise<RangeHash | undefined> {
    while (this.#ranges.length <= index && !this.#hasEnded) {
      const next = this.#last.then(() => (this.#ranges.length <= index ? this.#fetchNext() : undefined));
      this.#last = next;
      await next;
    }
    return this.#ranges[index];
  }

  /** Ends what is under way; whoever waits gets nothing. */
  async close(): Promise<void> {
    this.#hasEnded = true;
    this.#stop.abort(new ChatferryError('INTERRUPTED', 'The hashes are of no use any more.'));
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
      // Whatever it is, the download meets it as well and says so; without hashes a file is fetched.
      this.#hasEnded = true;
    } finally {
      clearTimeout(timer);
    }
  }
}
