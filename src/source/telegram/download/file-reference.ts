/** Fetches messages of one chat again. */
export interface Refetch<Item> {
  /** @returns the messages that still exist, by id. If it rejects, all callers that wait for these ids fail. */
  (ids: readonly number[], signal: AbortSignal): Promise<ReadonlyMap<number, Item>>;
}

interface Waiter<Item> {
  readonly resolve: (item: Item | undefined) => void;
  readonly reject: (error: unknown) => void;
}

// The maximum per request (https://core.telegram.org/method/channels.getMessages).
const MAX_AT_ONCE = 100;
/** Maximum number of expected messages to remember: as many as the window of an export. */
const MAX_EXPECTED = 500;

/**
 * Fetches messages again whose file references have expired. Callers that wait for the same message share one request.
 * Messages that are requested while another request is running are combined in the next one. References of one chat
 * usually expire together, so each request also includes messages whose files are open or expected soon. Their
 * references then need no request of their own.
 */
export class ReferenceRefresher<Item> {
  readonly #refetch: Refetch<Item>;
  readonly #signal: AbortSignal;
  #waiting = new Map<number, Waiter<Item>[]>();
  /** Number of open files of each message. */
  readonly #open = new Map<number, number>();
  /** Messages whose files will be opened soon, in order. */
  readonly #expected = new Set<number>();
  /** The latest copy of each message with open or expected files. */
  readonly #latest = new Map<number, Item>();
  #running = false;

  /** @param signal - Aborts every request. A request serves several callers, so it does not use the signal of one. */
  constructor(refetch: Refetch<Item>, signal: AbortSignal) {
    this.#refetch = refetch;
    this.#signal = signal;
  }

  /** Announces that files of these messages will be fetched soon, in this order. Only the last few hundred are kept. */
  expect(ids: readonly number[]): void {
    for (const id of ids) this.#expected.add(id);
    for (const id of this.#expected) {
      if (this.#expected.size <= MAX_EXPECTED) break;
      this.#expected.delete(id);
      if (!this.#open.has(id)) this.#latest.delete(id);
    }
  }

  /** Marks a file of the message as being fetched until the result is disposed. */
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
   * Returns a fresh copy of a message.
   *
   * @param isUsable - Whether an already fetched copy can be used. It cannot if it has the reference that was refused.
   * @returns the current message; undefined if it was deleted.
   * @throws the error of the request.
   */
  refresh(id: number, isUsable: (item: Item) => boolean): Promise<Item | undefined> {
    const latest = this.#latest.get(id);
    if (latest !== undefined && isUsable(latest)) return Promise.resolve(latest);
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
    await Promise.resolve(); // Includes all calls of the same tick.
    while (this.#waiting.size > 0) {
      const group = new Map([...this.#waiting].slice(0, MAX_AT_ONCE));
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
    return [...new Set([...group.keys(), ...this.#open.keys(), ...this.#expected])].slice(0, MAX_AT_ONCE);
  }
}
