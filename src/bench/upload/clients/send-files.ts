import type { Settings } from '../../../config/settings.js';
import type { UploadTask } from '../upload-task.js';

export interface UploadContext {
  readonly settings: Settings;
  readonly signal: AbortSignal;
}

/**
 * Sends the files of a task. Returns the number of failed files by error code. An exception of a rival ends the run.
 */
export type SendFiles = (task: UploadTask, context: UploadContext) => Promise<Readonly<Record<string, number>>>;

/** Workers share one queue, so that each takes the next file as soon as it has sent one. */
export async function withWorkers<T>(
  items: readonly T[],
  count: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, worker));
}
