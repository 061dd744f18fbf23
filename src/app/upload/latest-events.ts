import type { UploadProgress, UploadReporter } from '../../upload/progress/upload-progress.js';

/**
 * Events that wait for a reader: of each file the latest. A reader who is slow misses steps, never an end, and fills no memory
 * but for what ended unread.
 */
export class LatestEvents implements UploadReporter {
  readonly #waiting = new Map<string, UploadProgress>();
  #wake: () => void = () => undefined;
  #isClosed = false;

  event(event: UploadProgress): void {
    this.#waiting.set(event.taskId, event);
    this.#wake();
  }

  /** No more will come. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** Until it is closed. For one reader. */
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
