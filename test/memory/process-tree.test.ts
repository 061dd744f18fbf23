import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';

import { ProcessTree } from '../../src/memory/process-tree.js';

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
