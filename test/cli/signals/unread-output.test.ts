import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { writeLargeArchive } from '../large-archive.js';
import { SignalStage } from './random-signals.js';
import { itOnTerminal, ON_TERMINAL } from '../on-terminal.js';
import { commandLine, startChatferry } from '../run-chatferry.js';

const PROMISED_MS = 2500;

let stage: SignalStage;

beforeAll(async () => {
  stage = await SignalStage.start();
  // Each of its files is damage, and so a line: more than pipes and the program's own room hold.
  await writeLargeArchive(join(stage.cwd, 'empty'), { messageCount: 4000, mediaEvery: 1, withFiles: false });
  mkdirSync(join(stage.cwd, 'notes'));
  for (let id = 0; id < 2000; id += 1) writeFileSync(join(stage.cwd, 'notes', `${id}.txt`), `note ${id}\n`);
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe.skipIf(process.platform === 'win32')('output that nobody reads', () => {
  it.each([
    ['verify', '--out', 'empty', '--json'],
    ['process', 'notes', '--json'],
  ])('of %s holds no signal up', async (...args) => {
    const child = startChatferry(args, { cwd: stage.cwd, env: stage.env });
    const exit = once(child, 'exit');
    // Node takes the first 64 KB of each pipe though nobody asks, and no more.
    let before = 0;
    for (let stillFor = 0; before === 0 || stillFor < 10;) {
      await Promise.race([exit, sleep(50)]);
      expect(child.exitCode).toBeNull();
      const now = taken(child.stdout) + taken(child.stderr);
      stillFor = now === before ? stillFor + 1 : 0;
      before = now;
    }
    const startedMs = performance.now();
    child.kill('SIGTERM');
    expect(await exit).toEqual([6, null]);
    expect(performance.now() - startedMs).toBeLessThan(PROMISED_MS);
  });

  itOnTerminal('on a terminal holds no signal up', async () => {
    const end = await onTerminal(['verify', '--out', 'empty'], [], stage.env);
    expect(end).toMatchObject({ code: 6 });
    expect(end.ms).toBeLessThan(PROMISED_MS);
  });
});

describe.skipIf(process.platform === 'win32')('a login that waits for an answer', () => {
  itOnTerminal('is ended by a signal with 6, and gives the terminal back as it was', async () => {
    const steps = [
      ['May that server have your login?', 'y'],
      ['Phone number', ''],
    ] as const;
    const end = await onTerminal(['login'], steps, {
      ...stage.env,
      TELEGRAM_SESSION: '',
      TELEGRAM_SESSION_FILE: join(stage.cwd, 'a.session'),
    });
    expect(end).toMatchObject({ code: 6, rawBefore: true, rawAfter: false });
    expect(end.shown.lastIndexOf('\u001b[?25h')).toBeGreaterThan(end.shown.lastIndexOf('\u001b[?25l'));
    expect(end.ms).toBeLessThan(PROMISED_MS);
  });
});

/** Both are sockets here. */
function taken(stream: Readable): number {
  return 'bytesRead' in stream ? Number(stream.bytesRead) : 0;
}

interface TerminalEnd {
  readonly code: number | null;
  readonly ms: number;
  readonly shown: string;
  readonly rawBefore: boolean;
  readonly rawAfter: boolean;
}

async function onTerminal(
  args: readonly string[],
  steps: readonly (readonly [string, string])[],
  env: Readonly<Record<string, string>>,
): Promise<TerminalEnd> {
  const { line, environment } = commandLine(args, { cwd: stage.cwd, env });
  const child = spawn('python3', [ON_TERMINAL], { cwd: stage.cwd, env: { ...environment, TERM: 'xterm' } });
  child.stdin.end(JSON.stringify({ line, steps, signal: 'INT' }));
  let [answer, complaints] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  await once(child, 'close');
  expect(complaints).toBe('');
  return JSON.parse(answer) as TerminalEnd;
}
