import { describe, expect, it, onTestFinished } from 'vitest';

import { runInterruptibly } from '../../src/disk/run-interruptibly.js';
import { startProgram } from '../archive/child-program.js';

describe.skipIf(process.platform === 'win32')('work that signals may end', () => {
  it('is ended in the middle of a statement, without the program hearing of it', async () => {
    const program = startProgram('../disk/long-statement');
    expect(await program.nextLine()).toBe('listeners: 0');
    process.kill(program.pid, 'SIGTERM');
    expect(await program.exit).toEqual([null, 'SIGTERM']);
  });

  it('gives the listeners back in their order, also when it fails', async () => {
    const heard: string[] = [];
    const [first, second] = [(): unknown => heard.push('first'), (): unknown => heard.push('second')];
    process.on('SIGUSR2', first).once('SIGUSR2', second);
    onTestFinished(() => {
      process.off('SIGUSR2', first);
    });
    const failing = runInterruptibly(() => {
      expect(process.listenerCount('SIGUSR2')).toBe(0);
      throw new Error('the disk is full');
    });
    await expect(failing).rejects.toThrow('the disk is full');
    process.emit('SIGUSR2', 'SIGUSR2');
    process.emit('SIGUSR2', 'SIGUSR2');
    expect(heard).toEqual(['first', 'second', 'first']);
  });
});
