import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

import { afterEach, describe, expect, it } from 'vitest';

import { DroppingFile } from '../../../src/cli/terminal/log/dropping-file.js';
import { Output, ROOM_BYTES } from '../../../src/cli/terminal/output.js';

const LINE = `${'x'.repeat(999)}\n`;
const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A program that reads nothing until it is told to by a signal, then everything, and prints how much that was. */
function lateReader(): { readonly output: Output; readonly child: ChildProcess; readonly stdin: Writable } {
  const script = `
    setInterval(() => undefined, 1000);
    process.on('message', () => {
      let bytes = 0;
      process.stdin.on('data', (chunk) => (bytes += chunk.length)).on('end', () => process.send(bytes, () => process.exit()));
    });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'ignore', 'inherit', 'ipc'] });
  started.push(child);
  const { stdin } = child;
  if (stdin === null) throw new Error('no stdin');
  return { output: new Output(stdin), child, stdin };
}

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  const turn = new Promise((resolve) => setImmediate(resolve, pending));
  return (await Promise.race([promise, turn])) !== pending;
}

describe('Output to a reader who stalls', () => {
  const signal = new AbortController().signal;

  it('makes producers wait once so much is queued, and all of it arrives when the reader goes on', async () => {
    const { output, child, stdin } = lateReader();
    let writtenBytes = 0;
    for (;;) {
      const room = output.room(signal);
      if (!(await isSettled(room))) break;
      output.write(LINE);
      writtenBytes += LINE.length;
    }
    expect(output.queuedBytes).toBeGreaterThanOrEqual(ROOM_BYTES);
    expect(output.queuedBytes).toBeLessThan(ROOM_BYTES + LINE.length);
    const flushed = output.flushed();
    expect(await isSettled(flushed)).toBe(false);

    child.send('read');
    await flushed;
    expect(output.queuedBytes).toBe(0);
    stdin.end();
    expect(await once(child, 'message')).toEqual([writtenBytes, undefined]);
  });

  it('lets who waits go when the signal aborts', async () => {
    const { output } = lateReader();
    while (output.queuedBytes < ROOM_BYTES) output.write(LINE);
    const controller = new AbortController();
    const room = output.room(controller.signal);
    controller.abort(new Error('enough'));
    await expect(room).rejects.toThrow('enough');
  });

  it('drops everything and holds nobody up when the reader leaves', async () => {
    const { output, child } = lateReader();
    while (output.queuedBytes < ROOM_BYTES) output.write(LINE);
    child.kill('SIGKILL');
    await Promise.all([output.flushed(), output.room(signal)]);
    expect(output.isDeserted).toBe(true);
    expect(output.failure).toBeUndefined();
    output.write(LINE);
    expect(output.queuedBytes).toBe(0);
  });
});

describe.skipIf(process.platform === 'win32')('DroppingFile', () => {
  it('drops what does not fit, and begins a new line when there is room again', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chatferry-full-'));
    // A pipe that nobody reads is a small disk: it takes what fits, then refuses.
    const path = join(folder, 'disk');
    execFileSync('mkfifo', [path]);
    const descriptor = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      const file = new DroppingFile(descriptor);
      file.write('whole\n');
      expect(file.error).toBeUndefined();
      file.write('y'.repeat(1_000_000));
      expect(file.error?.code).toBe('EAGAIN');
      const buffer = Buffer.alloc(1_000_000);
      const firstBytes = readSync(descriptor, buffer);
      expect(buffer.toString('latin1', 0, firstBytes)).toMatch(/^whole\ny+$/);
      file.write('next\n');
      file.write('after\n');
      expect(buffer.toString('latin1', 0, readSync(descriptor, buffer))).toBe('\nnext\nafter\n');
    } finally {
      closeSync(descriptor);
      rmSync(folder, { recursive: true });
    }
  });
});
