/** Runs work with the same key one after the other, and work with different keys in parallel. */
export class KeyedQueue {
  readonly #running = new Map<string, Promise<unknown>>();

  /** Runs `work` after all earlier work for the same key. A failure of earlier work does not affect it. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running;
    for (let other = running.get(key); other !== undefined; other = running.get(key)) {
      await other.catch(() => undefined);
    }
    const own = work();
    running.set(key, own);
    try {
      return await own;
    } finally {
      running.delete(key);
    }
  }
}
