import { setMaxListeners } from 'node:events';

/**
 * Works on items, several at a time, each taken when there is room for it. The first that fails stops the others.
 *
 * @param mostCount - At a time.
 * @throws the error of the first item that fails, when none runs any more; the signal's reason.
 */
export async function sideBySide<T>(
  items: Iterable<T>,
  mostCount: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  // Each of them waits for answers and for bandwidth at the same time.
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
  await Promise.allSettled(Array.from({ length: mostCount }, takeEach));
  signal.throwIfAborted();
  stop.signal.throwIfAborted();
}
