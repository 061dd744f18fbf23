import type { MeasuredItems } from '../../app/upload/measured-items.js';
import type { UploadProgress } from '../../upload/upload-progress.js';

/** Where a whole upload stands. */
export interface UploadState {
  readonly doneFiles: number;
  readonly failedFiles: number;
  /** Of files that are there, and of those on their way. */
  readonly doneBytes: number;
  readonly bytesPerSecond: number;
  /** To all targets together; undefined until it was counted. */
  readonly total: MeasuredItems | undefined;
  /** Of the files on their way, the one that began first. */
  readonly current: UploadProgress | undefined;
}

/** Adds up what single files tell. */
export class UploadTally {
  readonly #running = new Map<string, UploadProgress>();
  #doneFiles = 0;
  #failedFiles = 0;
  #doneBytes = 0;
  #total: MeasuredItems | undefined;

  measured(total: MeasuredItems): void {
    this.#total = total;
  }

  add(event: UploadProgress): void {
    if (event.stage !== 'complete' && event.stage !== 'failed') {
      this.#running.set(event.taskId, event);
      return;
    }
    this.#running.delete(event.taskId);
    if (event.stage === 'failed') this.#failedFiles += 1;
    else this.#doneFiles += 1;
    this.#doneBytes += event.totalBytes;
  }

  get state(): UploadState {
    const running = [...this.#running.values()];
    return {
      doneFiles: this.#doneFiles,
      failedFiles: this.#failedFiles,
      doneBytes: this.#doneBytes + sum(running, ({ sentBytes }) => sentBytes),
      bytesPerSecond: sum(running, ({ bytesPerSecond }) => bytesPerSecond),
      total: this.#total,
      current: running[0],
    };
  }
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
