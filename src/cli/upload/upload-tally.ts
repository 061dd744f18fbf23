import type { MeasuredItems } from '../../app/upload/measured-items.js';
import type { UploadProgress } from '../../upload/progress/upload-progress.js';

/** The progress of a whole upload. */
export interface UploadState {
  readonly doneFiles: number;
  /** Of those that are done, the ones that were there before. */
  readonly presentFiles: number;
  readonly failedFiles: number;
  /** Of files that are there, and of those on their way, in bytes of the files here. */
  readonly doneBytes: number;
  readonly bytesPerSecond: number;
  /** To all targets together, without the bytes of what failed; undefined until it was counted. */
  readonly total: MeasuredItems | undefined;
  /** Of the files on their way, the one that began first. */
  readonly current: UploadProgress | undefined;
}

/** Adds up what single files tell. */
export class UploadTally {
  readonly #running = new Map<string, UploadProgress>();
  #doneFiles = 0;
  #presentFiles = 0;
  #failedFiles = 0;
  #doneBytes = 0;
  #failedBytes = 0;
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
    if (event.stage === 'failed') {
      this.#failedFiles += 1;
      this.#failedBytes += event.sizeBytes;
      return;
    }
    this.#doneFiles += 1;
    if (event.isPresent === true) this.#presentFiles += 1;
    this.#doneBytes += event.sizeBytes;
  }

  #toCome(): MeasuredItems | undefined {
    if (this.#total === undefined) return undefined;
    const { fileCount, bytes } = this.#total;
    return { fileCount, bytes: Math.max(0, bytes - this.#failedBytes) };
  }

  get state(): UploadState {
    const running = [...this.#running.values()];
    return {
      doneFiles: this.#doneFiles,
      presentFiles: this.#presentFiles,
      failedFiles: this.#failedFiles,
      doneBytes: this.#doneBytes + sum(running, bytesThere),
      bytesPerSecond: sum(running, ({ bytesPerSecond }) => bytesPerSecond),
      total: this.#toCome(),
      current: running[0],
    };
  }
}

/** What was sent of a compressed file counts as what it was made of. */
function bytesThere({ sentBytes, totalBytes, sizeBytes }: UploadProgress): number {
  return totalBytes === 0 ? 0 : Math.round((sentBytes / totalBytes) * sizeBytes);
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
