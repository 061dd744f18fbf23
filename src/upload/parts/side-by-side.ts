import { setMaxListeners } from 'node:events';

export interface SideBySideOptions<T> {
  /** Maximum number at a time. */
  readonly maxCount: number;
  readonly work: (item: T, signal: AbortSignal) => Promise<void>;
}

/**
 * Works on items, several at a time, and takes each item when a slot is free. The first failure stops the others.
 *
 * @throws the error of the first item that fails, after all running ones have ended; the signal's reason.
 */
export async function sideBySide<T>(
  items: Iterable<T>,
  { maxCount, work }: SideBySideOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  // Each item waits for answers and for bandwidth at the same time, so many listeners are no leak.
  setMaxListeners(0, either);
  const iterator = items[Symbol.iterator]();
  const takeEach = async (): Promise<void> => {
    try {
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
        either.throwIfAborted();
        await work(next.value, either);
      }
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  };
  await Promise.allSettled(Array.from({ length: maxCount }, takeEach));
  signal.throwIfAborted();
  stop.signal.throwIfAborted();
}
