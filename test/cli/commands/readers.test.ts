import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { Archive } from '../../../src/archive/archive.js';
import { type Simulator, startSimulator } from '../../../src/simulator/server/server.js';
import { WorldBuilder } from '../../../src/simulator/world/world-builder.js';
import { runChatferry, startChatferry } from '../run-chatferry.js';
import { clientEnvironment } from '../client-environment.js';

const ME = 7001n;
const CHAT_COUNT = 2500;
/** What the program gives libraries to end, and half a second: who has not read by then comes late. */
const LATE_MS = 2500;
const PATIENCE = { timeout: 30_000, interval: 20 };

let cwd: string;
let simulator: Simulator;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-readers-'));
  const world = new WorldBuilder({ seed: 3, homeDcId: 2 });
  world.addAccount({ userId: ME, phone: '9996627001', code: '22222' });
  world.addUser(ME, { self: true, first_name: 'Ada' });
  for (let index = 1; index <= CHAT_COUNT; index += 1) {
    const title = `${'A rather long title '.repeat(10)}${index}`;
    const channel = world.addChannel(BigInt(index), title, { megagroup: true });
    world.post(channel, { message: 'a', date: 1_600_000_000 + index });
  }
  const crew = world.addChannel(9001n, 'Crew', { megagroup: true, username: 'crew' });
  world.post(crew, { message: 'a', date: 1_700_000_000 });
  simulator = await startSimulator({ world });
  writeFileSync(join(cwd, 'key.pem'), simulator.publicKeyPem);
  env = {
    ...clientEnvironment(simulator, join(cwd, 'key.pem')),
    TELEGRAM_SESSION: simulator.sessionFor(ME),
  };
});

afterAll(async () => {
  await simulator.close();
  rmSync(cwd, { recursive: true, force: true });
});

function pagesAsked(): number {
  return simulator.calls.get('messages.getDialogs') ?? 0;
}

describe('a reader of stdout', () => {
  it('who is late gets every line, however long after the work was done', async () => {
    const child = startChatferry(['chats', '--json'], { cwd, env });
    const exit = once(child, 'exit') as Promise<[number | null]>;
    let text = '';
    let isLate = false;
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (isLate || text.split('\n').length < CHAT_COUNT - 500) continue;
      // What is left fits into the queue: the program has done its work and has nothing to do but wait for its reader.
      await vi.waitFor(() => {
        expect(simulator.openConnectionCount).toBe(0);
      }, PATIENCE);
      await sleep(LATE_MS);
      isLate = true;
    }
    expect(isLate).toBe(true);
    const ids = new Set(
      text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { readonly id: string }).id),
    );
    expect(ids.size).toBe(CHAT_COUNT + 1);
    expect((await exit)[0]).toBe(0);
  });

  it.skipIf(process.platform === 'win32')('who stalls holds the work up, and Ctrl-C ends it with 6', async () => {
    const before = pagesAsked();
    const child = startChatferry(['chats', '--json'], { cwd, env });
    const exit = once(child, 'exit') as Promise<[number | null]>;
    await vi.waitFor(() => {
      expect(pagesAsked() - before).toBeGreaterThan(CHAT_COUNT / 100);
    }, PATIENCE);
    await sleep(LATE_MS);
    expect(simulator.openConnectionCount).toBe(1); // It is in the middle of printing, not at the end with a full queue.
    const interruptedMs = performance.now();
    child.kill('SIGINT');
    expect((await exit)[0]).toBe(6);
    expect(performance.now() - interruptedMs).toBeLessThan(3000); // The promise is 2 s; a busy machine adds some.
    child.stdout.destroy();
  });

  it('who has seen enough ends it in order', async () => {
    const child = startChatferry(['chats', '--json'], { cwd, env });
    const exit = once(child, 'exit') as Promise<[number | null]>;
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect((await exit)[0]).toBe(0);
    expect(complaints).toBe('');
  });
});

describe.skipIf(!existsSync('/dev/full'))('a full disk', () => {
  it.each([
    ['for stdout', { redirect: '>/dev/full' }, {}, []],
    ['for stdout of lines for machines', { redirect: '>/dev/full' }, {}, ['--json']],
    ['for stderr', { redirect: '2>/dev/full' }, {}, []],
    ['for both', { redirect: '>/dev/full 2>&1' }, {}, ['--verbose']],
    ['for the log', {}, { LOG_FILE: '/dev/full', LOG_LEVEL: 'debug' }, []],
  ] as const)('%s does not touch an export', async (_name, shell, more, args) => {
    const out = mkdtempSync(join(cwd, 'out-'));
    const end = await runChatferry(['export', '@crew', '--out', out, ...args], {
      cwd,
      env: { ...env, ...more },
      shell,
    });
    expect(end.code).toBe(0);
    expect(end.stdout + end.stderr).not.toMatch(/^\s+at |Node\.js v/m);
    using archive = await Archive.open(out, { readOnly: true });
    expect(archive.messageCount('channel9001')).toBe(1);
  });

  it('is told of where there is room, and fails what was run for its output', async () => {
    const end = await runChatferry(['config'], { cwd, env, shell: { redirect: '>/dev/full' } });
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('Cannot write to standard output: the disk is full (ENOSPC)');
  });

  it('takes what fits, and the rest is dropped', async () => {
    const file = join(cwd, 'listing');
    const shell = { first: "trap '' XFSZ; ulimit -f 1", redirect: `>${file}` };
    const end = await runChatferry(['config', '--json'], { cwd, env, shell });
    expect(end.code).toBe(1);
    expect(end.stderr).toContain('Output that could not be printed is lost.');
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"type":"settings"/);
  });
});

describe('a place that cannot be written to is named before the work:', () => {
  it.each([
    ['a report in a folder that is not there', ['--report', 'nowhere/report.json'], 'there is no folder'],
    ['a report that is a folder', ['--report', '.'], 'it is a folder. Name a file in it.'],
  ])('%s', async (_name, args, reason) => {
    writeFileSync(join(cwd, 'a.txt'), 'text');
    const end = await runChatferry(['process', 'a.txt', '--json', ...args], { cwd });
    expect(end.code).toBe(2);
    expect(end.stdout).not.toContain('"processed"');
    expect(end.stderr).toContain(reason);
  });

  it
    .skipIf(!existsSync('/proc/self'))
    .each([
      [['export', '@crew', '--out', '/proc/x']],
      [['export', '@crew', '--out', '/proc/self/deep/er']],
      [['process', 'a.txt', '--out', '/proc/x']],
      [['demo', '--out', '/proc/x']],
      [['bench', 'text', '--report', '/proc/x']],
    ])('%j', async (args) => {
    const callsBefore =
      simulator.calls.size === 0 ? 0 : [...simulator.calls.values()].reduce((sum, count) => sum + count);
    writeFileSync(join(cwd, 'a.txt'), 'text');
    const end = await runChatferry(args, { cwd, env });
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/Cannot create the folder \/proc\/\S+: \/proc\S* takes no folders|\/proc\/self/);
    const calls = simulator.calls.size === 0 ? 0 : [...simulator.calls.values()].reduce((sum, count) => sum + count);
    expect(calls).toBe(callsBefore);
  });
});
