import { residentBytesOf } from './resident-memory.js';

/**
 * This process and its registered children. Code that starts a child adds its pid, and removes it when the child has
 * ended.
 */
export class ProcessTree {
  readonly #children = new Set<number>();

  /** @returns A function that removes the child. A second call does nothing. */
  add(pid: number): () => void {
    this.#children.add(pid);
    return () => {
      this.#children.delete(pid);
    };
  }

  get childCount(): number {
    return this.#children.size;
  }

  /** Pids of the registered children. */
  get pids(): readonly number[] {
    return [...this.#children];
  }

  /** The sum of all resident set sizes, in bytes. Shared pages count once for each process. */
  async residentBytes(): Promise<number> {
    const children = await Promise.all([...this.#children].map((pid) => this.#childBytes(pid)));
    return process.memoryUsage.rss() + children.reduce((sum, bytes) => sum + bytes, 0);
  }

  async #childBytes(pid: number): Promise<number> {
    try {
      return await residentBytesOf(pid);
    } catch {
      // The read rejects if the child has ended since it was listed. Then it holds no memory.
      this.#children.delete(pid);
      return 0;
    }
  }
}
