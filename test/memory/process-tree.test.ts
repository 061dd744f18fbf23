import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { ProcessTree } from '../../src/memory/process-tree.js';
import { residentBytesOf } from '../../src/memory/resident-memory.js';

const MEBIBYTE = 1024 * 1024;
let child: ChildProcess | undefined;

/** A process that really holds `bytes`. */
async function holdingChild(bytes: number): Promise<number> {
  const script = `const b = Buffer.alloc(${bytes}, 1); process.stdout.write('ready'); setInterval(() => b.length, 1000)`;
  child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child.pid ?? 0;
}

afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  child = undefined;
});

describe('ProcessTree', () => {
  it('counts the memory of a child for as long as it is known', async () => {
    const tree = new ProcessTree();
    const alone = await tree.residentBytes();
    const remove = tree.add(await holdingChild(200 * MEBIBYTE));
    expect((await tree.residentBytes()) - alone).toBeGreaterThan(180 * MEBIBYTE);
    remove();
    expect((await tree.residentBytes()) - alone).toBeLessThan(100 * MEBIBYTE);
  });

  it('knows a child from when it is added until it is taken away, which may be done twice', () => {
    const tree = new ProcessTree();
    const [removeFirst, removeSecond] = [tree.add(11), tree.add(12)];
    expect([tree.pids, tree.childCount]).toEqual([[11, 12], 2]);
    removeFirst();
    removeFirst();
    expect([tree.pids, tree.childCount]).toEqual([[12], 1]);
    removeSecond();
    expect([tree.pids, tree.childCount]).toEqual([[], 0]);
  });

  it('forgets a child that has ended', async () => {
    const tree = new ProcessTree();
    const pid = await holdingChild(MEBIBYTE);
    tree.add(pid);
    child?.kill('SIGKILL');
    if (child !== undefined) await once(child, 'exit');
    expect(await tree.residentBytes()).toBeGreaterThan(0);
    expect(tree.childCount).toBe(0);
  });
});

describe('the resident memory of a process', () => {
  it('is what the system says of it', async () => {
    const own = await residentBytesOf(process.pid);
    expect(Math.abs(own - process.memoryUsage.rss())).toBeLessThan(50 * MEBIBYTE);
  });

  it.runIf(process.platform === 'linux')('is none when it has ended and nobody has waited for it', async () => {
    // A shell that becomes another program does not wait for what it started.
    child = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = child.stdout === null ? [''] : ((await once(child.stdout, 'data')) as [Buffer]);
    const pid = Number(line.toString());
    await vi.waitFor(async () => expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '));
    expect(await residentBytesOf(pid)).toBe(0);
  });

  it('cannot be told of a process that is not there', async () => {
    await expect(residentBytesOf(2 ** 22 + 1)).rejects.toThrow();
  });
});
