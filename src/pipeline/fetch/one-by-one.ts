/** Runs pieces of work with the same key one after the other, and those with different keys side by side. */
export class OneByOne {
  readonly #running = new Map<string, Promise<unknown>>();

  /** Runs `work` after all earlier work for the same key. What failed before settles nothing: the next tries for itself. */
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
