import { DEFAULT_MEMORY_CHECK_INTERVAL_MS } from '../../config/setting-defaults.js';
import { MemoryGate } from '../../memory/memory-gate.js';
import { memoryLimit } from '../../memory/memory-limit.js';
import { ProcessTree } from '../../memory/process-tree.js';
import type { Rollout } from '../../upload/pace/rollout.js';

/**
 * Reports resident memory to rollouts until it is disposed of. Above the limit, they send files one after the other.
 *
 * @param limitBytes - @defaultValue the memory of the machine or control group
 */
export async function watchMemory(rollouts: readonly Rollout[], limitBytes?: number): Promise<Disposable> {
  const processes = new ProcessTree();
  const gate = new MemoryGate({
    limitBytes: limitBytes ?? (await memoryLimit()).bytes,
    checkIntervalMs: DEFAULT_MEMORY_CHECK_INTERVAL_MS,
    readResidentBytes: () => processes.residentBytes(),
    onReading: (reading) => {
      for (const rollout of rollouts) rollout.memoryRead(reading);
    },
  });
  return gate.watch();
}
