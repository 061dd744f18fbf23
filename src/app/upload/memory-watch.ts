import { DEFAULT_MEMORY_CHECK_INTERVAL_MS } from '../../config/setting-defaults.js';
import { MemoryGate } from '../../memory/memory-gate.js';
import { memoryLimit } from '../../memory/memory-limit.js';
import { ProcessTree } from '../../memory/process-tree.js';
import type { Rollout } from '../../upload/pace/rollout.js';

/**
 * Tells rollouts how much memory is resident, until it is disposed of: above the limit files go one after the other.
 *
 * @param limitBytes - @defaultValue what the machine or the control group has
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
