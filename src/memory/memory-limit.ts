import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';

/** Where a limit comes from, for `doctor` and the report. */
export interface MemoryLimit {
  readonly bytes: number;
  readonly origin: 'cgroup' | 'machine';
}

/**
 * The memory this process may use: the limit of its control group where there is one (containers, systemd slices),
 * else what the machine has. A limit of the group above the machine's size is no limit.
 *
 * @param root - Where `/proc` and `/sys` are found; another one in tests.
 */
export async function memoryLimit(root = '/'): Promise<MemoryLimit> {
  const machineBytes = totalmem();
  const groupBytes = await controlGroupLimit(root);
  return groupBytes !== undefined && groupBytes < machineBytes
    ? { bytes: groupBytes, origin: 'cgroup' }
    : { bytes: machineBytes, origin: 'machine' };
}

/**
 * The lowest limit on the way from this process's group to the root. Version 2 keeps it in `memory.max`
 * (https://docs.kernel.org/admin-guide/cgroup-v2.html), version 1 in `memory.limit_in_bytes`
 * (https://docs.kernel.org/admin-guide/cgroup-v1/memory.html).
 */
async function controlGroupLimit(root: string): Promise<number | undefined> {
  const groups = await readText(join(root, 'proc/self/cgroup'));
  if (groups === undefined) return undefined;

  const limits: number[] = [];
  for (const line of groups.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    if (controllers === '') limits.push(...(await limitsUpwards(join(root, 'sys/fs/cgroup'), path, 'memory.max')));
    else if (controllers.split(',').includes('memory')) {
      limits.push(...(await limitsUpwards(join(root, 'sys/fs/cgroup/memory'), path, 'memory.limit_in_bytes')));
    }
  }
  return limits.length > 0 ? Math.min(...limits) : undefined;
}

async function limitsUpwards(mount: string, path: string, file: string): Promise<number[]> {
  const names = path.split('/').filter((name) => name !== '' && name !== '..');
  const limits: number[] = [];
  for (let depth = names.length; depth >= 0; depth -= 1) {
    const text = await readText(join(mount, ...names.slice(0, depth), file));
    const bytes = Number(text?.trim()); // "max" is no number.
    if (text !== undefined && Number.isFinite(bytes) && bytes > 0) limits.push(bytes);
  }
  return limits;
}

/** Undefined where there is no such file: other systems, other versions, other mounts. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
