import type { UploadProgress, UploadReporter } from '../../upload/progress/upload-progress.js';

/**
 * Events that wait for a reader: only the latest of each file. A slow reader misses intermediate steps but never a
 * final event, and only unread final events take memory.
 */
export class LatestEvents implements UploadReporter {
  readonly #waiting = new Map<string, UploadProgress>();
  #wake: () => void = () => undefined;
  #isClosed = false;

  event(event: UploadProgress): void {
    this.#waiting.set(event.taskId, event);
    this.#wake();
  }

  /** Ends the events. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** Yields events until it is closed. For one reader. */
  async *read(): AsyncGenerator<UploadProgress, void, void> {
    for (;;) {
      const [next] = this.#waiting;
      if (next !== undefined) {
        this.#waiting.delete(next[0]);
        yield next[1];
      } else if (this.#isClosed) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
