import type { OrderedWindowOptions, Outcome } from './ordered-window.js';

/**
 * As {@link orderedWindow}, but yields outcomes as they come. The source is pulled only while the consumer waits.
 *
 * @throws {RangeError} when `size` is not an integer of 1 or more.
 * @throws what `source` throws, or the signal's reason, after the work that runs has ended.
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
  try {
    for await (const item of source) {
      begin(item);
      while (running.size >= size) await Promise.race(running);
      signal.throwIfAborted();
      yield* done.splice(0);
    }
    while (running.size > 0) {
      await Promise.race(running);
      signal.throwIfAborted();
      yield* done.splice(0);
    }
    yield* done.splice(0);
  } finally {
    signal.removeEventListener('abort', onAbort);
    stop.abort(signal.reason);
    await Promise.all(running);
  }
}
