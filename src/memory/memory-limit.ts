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
 * otherwise the memory of the machine. A group limit above the memory of the machine is ignored.
 *
 * @param root - Where `/proc` and `/sys` are found. Tests use another one.
 */
export async function memoryLimit(root = '/'): Promise<MemoryLimit> {
  const machineBytes = totalmem();
  const groupBytes = await controlGroupLimit(root);
  return groupBytes !== undefined && groupBytes < machineBytes
    ? { bytes: groupBytes, origin: 'cgroup' }
    : { bytes: machineBytes, origin: 'machine' };
}

/**
 * The lowest limit among this process's control group and its ancestors. Version 2 keeps it in `memory.max`
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
    const bytes = Number(text?.trim()); // "max" gives NaN.
    if (text !== undefined && Number.isFinite(bytes) && bytes > 0) limits.push(bytes);
  }
  return limits;
}

/** Undefined if there is no such file: on other systems, versions or mounts. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
