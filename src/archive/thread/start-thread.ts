import type { Worker } from 'node:worker_threads';

import { startOwnThread } from '../../children/own-thread.js';
import { BusyFlag } from './busy-flag.js';

/** A thread that runs `archive-thread-program`. */
export interface ReadingThread {
  readonly worker: Worker;
  readonly busy: BusyFlag;
}

/** Starts a thread. */
export function startThread(): ReadingThread {
  const busy = new BusyFlag();
  const options = { name: 'archive', workerData: busy.memory };
  const worker = startOwnThread('./archive-thread-program', import.meta.url, options);
  return { worker, busy };
}
