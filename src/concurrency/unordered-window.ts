import type { OrderedWindowOptions, Outcome } from './ordered-window.js';

/**
 * As {@link orderedWindow}, but yields each outcome as soon as its work has ended, even while the source has no next
 * item yet.
 *
 * @throws {RangeError} when `size` is not an integer of 1 or more.
 * @throws what `source` throws, or the signal's reason, after the running work has ended. The source must honour the
 *   signal too.
 */
export async function* unorderedWindow<In, Out>(
  source: AsyncIterable<In>,
  work: (item: In, stopSignal: AbortSignal) => Promise<Out>,
  { size, signal }: OrderedWindowOptions,
): AsyncGenerator<Outcome<In, Out>, void, void> {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`size must be an integer of 1 or more, got ${String(size)}`);
  }
  signal.throwIfAborted();
  const stop = new AbortController();
  const onAbort = (): void => {
    stop.abort(signal.reason);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const running = new Set<Promise<void>>();
  const done: Outcome<In, Out>[] = [];
  const begin = (item: In): void => {
    const settled = work(item, stop.signal).then(
      (value) => void done.push({ ok: true, item, value }),
      (error: unknown) => void done.push({ ok: false, item, error }),
    );
    const ended = settled.finally(() => running.delete(ended));
    running.add(ended);
  };
  const items = source[Symbol.asyncIterator]();
  const supply: Supply = { isSpent: false };
  let arrival: Promise<void> | undefined;
  const takeOne = async (): Promise<void> => {
    try {
      const next = await items.next();
      if (next.done === true) supply.isSpent = true;
      else if (!stop.signal.aborted) begin(next.value);
    } catch (error) {
      supply.isSpent = true;
      supply.failure = { error };
    }
    arrival = undefined;
  };
  try {
    for (;;) {
      signal.throwIfAborted();
      yield* done.splice(0);
      signal.throwIfAborted();
      // Finished items that are not yet yielded count too, so a slow consumer does not make the window grow.
      if (!supply.isSpent && running.size + done.length < size) arrival ??= takeOne();
      if (done.length > 0) continue;
      const awaited = [...running, ...(arrival === undefined ? [] : [arrival])];
      if (awaited.length === 0) break;
      await Promise.race(awaited);
    }
    if (supply.failure !== undefined) throw supply.failure.error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop.abort(signal.reason);
    await arrival;
    if (!supply.isSpent) await items.return?.();
    await Promise.all(running);
  }
}

/** State of the source. `failure` is wrapped, because any value may be thrown, `undefined` included. */
interface Supply {
  isSpent: boolean;
  failure?: { readonly error: unknown };
}
