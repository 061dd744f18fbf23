import { residentBytesOf } from './resident-memory.js';

/**
 * This process and the children that were made known to it. Whoever starts a child adds its pid, and takes it away when
 * the child has ended.
 */
export class ProcessTree {
  readonly #children = new Set<number>();

  /** @returns What takes the child away again. A second call does nothing. */
  add(pid: number): () => void {
    this.#children.add(pid);
    return () => {
      this.#children.delete(pid);
    };
  }

  get childCount(): number {
    return this.#children.size;
  }

  /** Of the children that are known. */
  get pids(): readonly number[] {
    return [...this.#children];
  }

  /** The resident set sizes of all, added up, in bytes. Pages they share are counted once for each. */
  async residentBytes(): Promise<number> {
    const children = await Promise.all([...this.#children].map((pid) => this.#childBytes(pid)));
    return process.memoryUsage.rss() + children.reduce((sum, bytes) => sum + bytes, 0);
  }

  async #childBytes(pid: number): Promise<number> {
    try {
      return await residentBytesOf(pid);
    } catch {
      // A pid that is gone rejects: the child ended between being listed and being read, and holds nothing any more.
      this.#children.delete(pid);
      return 0;
    }
  }
}
