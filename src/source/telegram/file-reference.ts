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

/**
 * Fetches messages again whose file references went stale. All who wait for the same message share one fetch, and
 * messages that are asked for while a fetch is under way go together in the next.
 */
export class ReferenceRefresher<Item> {
  readonly #refetch: Refetch<Item>;
  readonly #signal: AbortSignal;
  #waiting = new Map<number, Waiter<Item>[]>();
  #running = false;

  /** @param signal - Ends every fetch; the refresher serves several callers, so it has a lifetime of its own. */
  constructor(refetch: Refetch<Item>, signal: AbortSignal) {
    this.#refetch = refetch;
    this.#signal = signal;
  }

  /**
   * @returns the message as it is now; undefined when it was deleted.
   * @throws what the fetch throws.
   */
  refresh(id: number): Promise<Item | undefined> {
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
        const found = await this.#refetch([...group.keys()], this.#signal);
        for (const [id, waiters] of group) for (const { resolve } of waiters) resolve(found.get(id));
      } catch (error) {
        for (const waiters of group.values()) for (const { reject } of waiters) reject(error);
      }
    }
    this.#running = false;
  }
}
