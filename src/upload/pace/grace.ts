import { setMaxListeners } from 'node:events';

/**
 * A part of the two seconds in which the program must end after a signal: enough for one answer, with time left to record
 * it.
 */
const GRACE_MS = 1000;

/** A signal that follows another one with a delay. Dispose of it when it is no longer needed. */
export interface Grace extends Disposable {
  readonly signal: AbortSignal;
}

/** A signal that aborts `ms` after another one, for short work that must not be stopped halfway. */
export function graceAfter(signal: AbortSignal, ms: number = GRACE_MS): Grace {
  const late = new AbortController();
  setMaxListeners(0, late.signal);
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => {
      late.abort(signal.reason);
    }, ms);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return {
    signal: late.signal,
    [Symbol.dispose]: () => {
      signal.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
}
