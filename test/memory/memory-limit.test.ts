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
});
