import { Worker, type WorkerOptions } from 'node:worker_threads';

import { ownModule } from './own-module.js';

export interface OwnThreadOptions extends Omit<WorkerOptions, 'execArgv' | 'eval'> {
  /** Shown by debuggers and profilers. */
  readonly name: string;
}

/**
 * Starts a thread that runs a module of this program.
 *
 * @param module - Relative to the caller, without extension: `./hash-files`.
 * @param callerUrl - `import.meta.url` of the caller.
 */
export function startOwnThread(module: string, callerUrl: string, options: OwnThreadOptions): Worker {
  const { url, execArgv } = ownModule(module, callerUrl);
  return new Worker(url, { ...options, execArgv: [...execArgv] });
}
