import { Worker } from 'node:worker_threads';

import { ownModule } from '../../children/own-module.js';
import { BusyFlag } from './busy-flag.js';

/** A thread that runs `archive-thread-program`. */
export interface ReadingThread {
  readonly worker: Worker;
  readonly busy: BusyFlag;
}

/** Starts a thread. */
export function startThread(): ReadingThread {
  const busy = new BusyFlag();
  const { url, execArgv } = ownModule('./archive-thread-program', import.meta.url);
  const worker = new Worker(url, { name: 'archive', execArgv: [...execArgv], workerData: busy.memory });
  return { worker, busy };
}
