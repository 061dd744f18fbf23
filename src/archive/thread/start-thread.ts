import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

import { BusyFlag } from './busy-flag.js';

/** A thread that runs `archive-thread-program`. */
export interface ReadingThread {
  readonly worker: Worker;
  readonly busy: BusyFlag;
}

/** Starts a thread: built JavaScript runs as it is, TypeScript sources run through their loader. */
export function startThread(): ReadingThread {
  const busy = new BusyFlag();
  const extension = extname(import.meta.url);
  const program = new URL(`archive-thread-program${extension}`, import.meta.url);
  const entry = extension === '.js' ? program : withLoader(program);
  return { worker: new Worker(entry, { name: 'archive', execArgv: [], workerData: busy.memory }), busy };
}

/** `--import tsx` does nothing in a thread: that loader expects to be registered by the main thread. */
function withLoader(program: URL): URL {
  const [loader, entry] = [import.meta.resolve('tsx/esm/api'), program.href].map((url) => JSON.stringify(url));
  const code = `import { register } from ${loader ?? ''}; register(); await import(${entry ?? ''});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
