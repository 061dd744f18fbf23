import { setImmediate as turn } from 'node:timers/promises';

interface Waiting {
  readonly atMs: number;
  readonly go: () => void;
}

/** Time for many who wait at once: it moves on to the next of them whenever none has anything else to do. */
export class VirtualTimers {
  readonly #waiting = new Set<Waiting>();
  #nowMs = 0;

  readonly now = (): number => this.#nowMs;

  readonly wait = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(waiting);
        reject(signal?.reason as Error);
      };
      const go = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const waiting = { atMs: this.#nowMs + ms, go };
      this.#waiting.add(waiting);
      signal?.addEventListener('abort', stop);
    });

  /** Lets time pass until `work` is done. @throws what `work` throws. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const ended = work.finally(() => (isDone = true));
    ended.catch(() => undefined); // It is awaited below.
    for (;;) {
      await turn();
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- It changes while others have their turn.
      if (isDone) return ended;
      const [next] = [...this.#waiting].sort((one, other) => one.atMs - other.atMs);
      if (next === undefined) continue;
      this.#waiting.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.go();
    }
  }
}
