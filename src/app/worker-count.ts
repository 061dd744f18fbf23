import { availableParallelism } from 'node:os';

/** What the setting MAX_WORKERS means: 0 stands for the cores. */
export function workerCount(maxWorkers: number): number {
  return maxWorkers === 0 ? availableParallelism() : maxWorkers;
}
