import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { memoryLimit } from '../../src/memory/memory-limit.js';

const roots: string[] = [];

/** A tree with just these files, as a system would show them under `/`. */
async function systemWith(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'chatferry-memory-'));
  roots.push(root);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true });
});

describe('memoryLimit', () => {
  it('is the limit of the control group, version 2', async () => {
    const root = await systemWith({
      'proc/self/cgroup': '0::/system.slice/app.service\n',
      'sys/fs/cgroup/system.slice/app.service/memory.max': '268435456\n',
    });
    expect(await memoryLimit(root)).toEqual({ bytes: 268_435_456, origin: 'cgroup' });
  });

  it('is the lowest limit on the way up to the root', async () => {
    const root = await systemWith({
      'proc/self/cgroup': '0::/pod/container\n',
      'sys/fs/cgroup/pod/container/memory.max': 'max\n',
      'sys/fs/cgroup/pod/memory.max': '100000000\n',
    });
    expect((await memoryLimit(root)).bytes).toBe(100_000_000);
  });

  it('is the limit of the control group, version 1', async () => {
    const root = await systemWith({
      'proc/self/cgroup': '11:cpu,cpuacct:/x\n5:memory:/docker/abc\n',
      'sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes': '134217728\n',
    });
    expect(await memoryLimit(root)).toEqual({ bytes: 134_217_728, origin: 'cgroup' });
  });

  it('is the size of the machine without a group, without a limit, and with one above it', async () => {
    const machine = { bytes: totalmem(), origin: 'machine' };
    expect(await memoryLimit(await systemWith({}))).toEqual(machine);
    const unlimited = { 'proc/self/cgroup': '5:memory:/\n' };
    // Version 1 says "no limit" by a number near 2^63.
    const huge = { ...unlimited, 'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n' };
    expect(await memoryLimit(await systemWith(huge))).toEqual(machine);
  });

  it('is the size of the machine when the group has just that, and the limit of the group one byte below', async () => {
    const limited = (bytes: number): Promise<string> =>
      systemWith({ 'proc/self/cgroup': '0::/a\n', 'sys/fs/cgroup/a/memory.max': `${bytes}\n` });
    expect((await memoryLimit(await limited(totalmem()))).origin).toBe('machine');
    expect(await memoryLimit(await limited(totalmem() - 1))).toEqual({ bytes: totalmem() - 1, origin: 'cgroup' });
    expect((await memoryLimit(await limited(0))).origin).toBe('machine');
  });

  it('is also the limit of the root of all groups', async () => {
    const root = await systemWith({ 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/memory.max': '1000000\n' });
    expect(await memoryLimit(root)).toEqual({ bytes: 1_000_000, origin: 'cgroup' });
  });

  it('is read inside the mount of the groups, wherever the path of the group leads', async () => {
    // Seen from another namespace, the path of a group begins above the root (cgroup_namespaces(7)).
    const root = await systemWith({
      'proc/self/cgroup': '0::/../outer\n',
      'sys/fs/outer/memory.max': '1000\n',
      'sys/fs/cgroup/outer/memory.max': '2000000\n',
    });
    expect(await memoryLimit(root)).toEqual({ bytes: 2_000_000, origin: 'cgroup' });
  });

  it('takes version 1 only where the controller of memory is among those of the line', async () => {
    const root = await systemWith({
      'proc/self/cgroup': '7:memory_extra:/x\n5:cpu,memory:/y\nno line of a group\n',
      'sys/fs/cgroup/memory/x/memory.limit_in_bytes': '1000000\n',
      'sys/fs/cgroup/memory/y/memory.limit_in_bytes': '3000000\n',
    });
    expect(await memoryLimit(root)).toEqual({ bytes: 3_000_000, origin: 'cgroup' });
  });

  it('is that of this process where no other root is given', async () => {
    const { bytes } = await memoryLimit();
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(bytes).toBeLessThanOrEqual(totalmem());
  });
});
