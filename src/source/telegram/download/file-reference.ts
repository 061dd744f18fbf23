/** The messages of one chat, fetched again on demand. */
export interface Refetch<Item> {
  /** @returns the messages that still exist, by id. May reject; then all that wait for these ids fail. */
  (ids: readonly number[], signal: AbortSignal): Promise<ReadonlyMap<number, Item>>;
}

interface Waiter<Item> {
  readonly resolve: (item: Item | undefined) => void;
  readonly reject: (error: unknown) => void;
}

// Telegram fetches so many messages at once (https://core.telegram.org/method/channels.getMessages).
const MOST_AT_ONCE = 100;
/** Messages that are remembered because their files will be opened soon: what a window of an export holds. */
const MOST_EXPECTED = 500;

/**
 * Fetches messages again whose file references went stale. All who wait for the same message share one fetch, and
 * messages that are asked for while a fetch is under way go together in the next. References of one chat go stale
 * together, so each fetch takes messages along whose files are open or will be soon: when their turn comes, nothing is
 * fetched.
 */
export class ReferenceRefresher<Item> {
  readonly #refetch: Refetch<Item>;
  readonly #signal: AbortSignal;
  #waiting = new Map<number, Waiter<Item>[]>();
  /** How many files are open of each message. */
  readonly #open = new Map<number, number>();
  /** Messages whose files will be opened soon, in the order of their turns. */
  readonly #expected = new Set<number>();
  /** The last that was fetched of each message with open files, or such as will be. */
  readonly #latest = new Map<number, Item>();
  #running = false;

  /** @param signal - Ends every fetch; the refresher serves several callers, so it has a lifetime of its own. */
  constructor(refetch: Refetch<Item>, signal: AbortSignal) {
    this.#refetch = refetch;
    this.#signal = signal;
  }

  /** Says that files of these messages will be fetched soon, in this order. Only the last few hundred are remembered. */
  expect(ids: readonly number[]): void {
    for (const id of ids) this.#expected.add(id);
    for (const id of this.#expected) {
      if (this.#expected.size <= MOST_EXPECTED) break;
      this.#expected.delete(id);
      if (!this.#open.has(id)) this.#latest.delete(id);
    }
  }

  /** Says that a file of the message is being fetched, until what is returned is disposed of. */
  opened(id: number): Disposable {
    this.#open.set(id, (this.#open.get(id) ?? 0) + 1);
    return {
      [Symbol.dispose]: () => {
        const count = (this.#open.get(id) ?? 0) - 1;
        if (count > 0) {
          this.#open.set(id, count);
          return;
        }
        this.#open.delete(id);
        this.#expected.delete(id);
        this.#latest.delete(id);
      },
    };
  }

  /**
   * @param isNews - Whether a message that was fetched for another of its files will do: not when it says what was
   *   refused already.
   * @returns the message as it is now; undefined when it was deleted.
   * @throws what the fetch throws.
   */
  refresh(id: number, isNews: (item: Item) => boolean): Promise<Item | undefined> {
    const latest = this.#latest.get(id);
    if (latest !== undefined && isNews(latest)) return Promise.resolve(latest);
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      const others = this.#waiting.get(id);
      if (others === undefined) this.#waiting.set(id, [waiter]);
      else others.push(waiter);
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    await Promise.resolve(); // Whoever asks in the same turn comes along.
    while (this.#waiting.size > 0) {
      const group = new Map([...this.#waiting].slice(0, MOST_AT_ONCE));
      for (const id of group.keys()) this.#waiting.delete(id);
      try {
        const found = await this.#refetch(this.#withOpen(group), this.#signal);
        for (const [id, item] of found) {
          if (this.#open.has(id) || this.#expected.has(id)) this.#latest.set(id, item);
        }
        for (const [id, waiters] of group) for (const { resolve } of waiters) resolve(found.get(id));
      } catch (error) {
        for (const waiters of group.values()) for (const { reject } of waiters) reject(error);
      }
    }
    this.#running = false;
  }

  #withOpen(group: ReadonlyMap<number, unknown>): readonly number[] {
    return [...new Set([...group.keys(), ...this.#open.keys(), ...this.#expected])].slice(0, MOST_AT_ONCE);
  }
}
