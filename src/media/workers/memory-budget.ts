interface Waiting {
  readonly bytes: number;
  readonly admit: () => void;
}

/**
 * Admits work by what it is expected to hold, first come first served: as much at once as fits. Work that alone is more
 * than all there is runs alone, rather than never.
 */
export class MemoryBudget {
  readonly #totalBytes: number;
  readonly #waiting: Waiting[] = [];
  #heldBytes = 0;
  #heldCount = 0;

  /** @param totalBytes - For all admitted work together; 0 or less admits one at a time. */
  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** What admitted work is expected to hold. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Waits for its turn.
   *
   * @returns What gives the bytes back. A second call does nothing.
   * @throws the signal's reason when it aborts before.
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

  /** Booked in the same step as judged, so that two cannot be admitted to the same room. */
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
