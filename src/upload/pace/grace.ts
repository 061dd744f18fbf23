import { setMaxListeners } from 'node:events';

/**
 * Of the two seconds in which a program ends that is asked to: enough for one answer, and what is written down afterwards still
 * has its time.
 */
const GRACE_MS = 1000;

/** A signal that follows another a moment later. To be disposed of when it is not needed any more. */
export interface Grace extends Disposable {
  readonly signal: AbortSignal;
}

/** For what is done in a moment, and would be lost if it were stopped halfway. @param ms - How long a moment is. */
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
