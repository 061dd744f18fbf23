/** The result of one item. A failure is a value: the caller decides whether to skip the item or to stop. */
export type Outcome<In, Out> =
  | { readonly ok: true; readonly item: In; readonly value: Out }
  | { readonly ok: false; readonly item: In; readonly error: unknown };

export interface OrderedWindowOptions {
  /**
   * Maximum number of items taken from the source and not yet yielded: waiting, running, or finished behind a slower
   * one. Bounds the memory that piles up behind a slow item.
   */
  readonly size: number;
  /** Ends the window at once with the signal's reason. The source must honour it too. */
  readonly signal: AbortSignal;
}

/**
 * Starts `work` on every item as soon as the window has room, and yields the outcomes **in source order**.
 *
 * The source is pulled while the consumer is busy, so that a slow consumer does not leave workers idle; a full window
 * stops the pulling. When the source throws, all items before the error are yielded first. When the consumer stops
 * early or the signal aborts, `stopSignal` aborts and the running work is awaited: none outlives the window.
 *
 * @throws {RangeError} when `size` is not an integer of 1 or more.
 * @throws what `source` throws, or the signal's reason. Never an error of `work`, which arrives as an {@link Outcome}.
 */
export async function* orderedWindow<In, Out>(
  source: AsyncIterable<In>,
  work: (item: In, stopSignal: AbortSignal) => Promise<Out> | Out,
  { size, signal }: OrderedWindowOptions,
): AsyncGenerator<Outcome<In, Out>, void, void> {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`size must be an integer of 1 or more, got ${String(size)}`);
  }
  signal.throwIfAborted();

  const stop = new AbortController();
  const queue: Entry<In, Out>[] = []; // In source order; the head is yielded next.
  const room = new Bell();
  const change = new Bell(); // An arrival, a settled entry, the end of the source, an abort.
  const supply: Supply = { ended: false };

  const stopped = (): boolean => stop.signal.aborted;
  const onAbort = (): void => {
    stop.abort(signal.reason);
    change.ring();
    room.ring();
  };
  signal.addEventListener('abort', onAbort, { once: true });

  const pump = async (): Promise<void> => {
    try {
      for await (const item of source) {
        if (stopped()) return;
        queue.push(begin(item, work, { stopSignal: stop.signal, change }));
        change.ring();
        while (queue.length >= size && !stopped()) await room.rung();
      }
    } catch (error) {
      supply.failure = { error };
    } finally {
      supply.ended = true;
      change.ring();
    }
  };

  const pumping = pump();
  try {
    for (;;) {
      signal.throwIfAborted();
      const head = queue[0];
      if (head?.outcome !== undefined) {
        queue.shift();
        room.ring();
        yield head.outcome;
      } else if (head === undefined && supply.ended) {
        break;
      } else {
        await change.rung();
      }
    }
    if (supply.failure !== undefined) throw supply.failure.error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop.abort(signal.reason);
    room.ring();
    await pumping;
    for (const entry of queue) await entry.settled;
  }
}

/** State of the source. `failure` is wrapped, because any value may be thrown, `undefined` included. */
interface Supply {
  ended: boolean;
  failure?: { readonly error: unknown };
}

interface Entry<In, Out> {
  outcome: Outcome<In, Out> | undefined;
  /** Resolves when `outcome` is set. Undefined if it was set at once. */
  readonly settled: Promise<void> | undefined;
}

/**
 * Starts the work on one item. A synchronous result needs no turn of the event loop, which keeps messages without media
 * fast.
 */
function begin<In, Out>(
  item: In,
  work: (item: In, stopSignal: AbortSignal) => Promise<Out> | Out,
  { stopSignal, change }: { readonly stopSignal: AbortSignal; readonly change: Bell },
): Entry<In, Out> {
  try {
    const answer = work(item, stopSignal);
    if (!(answer instanceof Promise)) return { outcome: { ok: true, item, value: answer }, settled: undefined };
    const settle = (outcome: Outcome<In, Out>): void => {
      entry.outcome = outcome;
      change.ring();
    };
    const settled = answer.then(
      (value) => {
        settle({ ok: true, item, value });
      },
      (error: unknown) => {
        settle({ ok: false, item, error });
      },
    );
    const entry: Entry<In, Out> = { outcome: undefined, settled };
    return entry;
  } catch (error) {
    return { outcome: { ok: false, item, error }, settled: undefined };
  }
}

/** Wakes one waiter. A ring without a waiter is kept for the next one. */
class Bell {
  #wake: (() => void) | undefined;
  #pending = false;

  ring(): void {
    if (this.#wake === undefined) this.#pending = true;
    else this.#wake();
    this.#wake = undefined;
  }

  rung(): Promise<void> {
    if (this.#pending) {
      this.#pending = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
