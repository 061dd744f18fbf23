interface Waiting {
  readonly bytes: number;
  readonly admit: () => void;
}

/**
 * Admits work by its expected memory, first come, first served: as much at once as fits. Work that exceeds the total on its own
 * runs alone.
 */
export class MemoryBudget {
  readonly #totalBytes: number;
  readonly #waiting: Waiting[] = [];
  #heldBytes = 0;
  #heldCount = 0;

  /** @param totalBytes - Limit for all admitted work together; 0 or less admits one at a time. */
  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** The expected memory of all admitted work. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Waits for its turn.
   *
   * @returns A function that releases the bytes. A second call does nothing.
   * @throws the signal's reason when it aborts while waiting.
   */
  async take(bytes: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason as Error);
        this.#admit(); // The next may be smaller.
      };
      const waiting: Waiting = {
        bytes,
        admit: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort);
      this.#waiting.push(waiting);
      this.#admit();
    });
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#heldBytes -= bytes;
      this.#heldCount -= 1;
      this.#admit();
    };
  }

  /** Checks and books in one synchronous step, so that two jobs are never admitted to the same bytes. */
  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#heldCount > 0 && this.#heldBytes + next.bytes > this.#totalBytes) return;
      this.#waiting.shift();
      this.#heldBytes += next.bytes;
      this.#heldCount += 1;
      next.admit();
    }
  }
}
