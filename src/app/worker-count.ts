import { availableParallelism } from 'node:os';

/** Resolves the setting MAX_WORKERS: 0 stands for the number of cores. */
export function workerCount(maxWorkers: number): number {
  return maxWorkers === 0 ? availableParallelism() : maxWorkers;
}
