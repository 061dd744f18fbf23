import { type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { STOP_SIGNALS } from '../../../src/app/shutdown.js';
import { type Simulator, startSimulator } from '../../../src/simulator/server/server.js';
import { WorldBuilder } from '../../../src/simulator/world/world-builder.js';
import { startChatferry } from '../run-chatferry.js';
import { clientEnvironment } from '../client-environment.js';

/** What is promised, and half a second for a machine that is busy with other tests. */
const PROMISED_MS = 2500;
const ME = 7001n;
const STUCK_DISK = fileURLToPath(new URL('stuck-disk.cjs', import.meta.url));

let cwd: string;
let simulator: Simulator;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'chatferry-signals-'));
  const world = new WorldBuilder({ seed: 3, homeDcId: 2 });
  world.addAccount({ userId: ME, phone: '9996627001', code: '22222' });
  world.addUser(ME, { self: true, first_name: 'Ada' });
  const crew = world.addChannel(9001n, 'Crew', { megagroup: true, username: 'crew' });
  for (let id = 1; id <= 3000; id += 1) world.post(crew, { message: `message ${id}`, date: 1_700_000_000 + id });
  simulator = await startSimulator({ world, network: { latencyMs: 300 } });
  writeFileSync(join(cwd, 'key.pem'), simulator.publicKeyPem);
  writeFileSync(join(cwd, 'a.txt'), 'text');
  env = {
    ...clientEnvironment(simulator, join(cwd, 'key.pem')),
    TELEGRAM_SESSION: simulator.sessionFor(ME),
  };
});

afterAll(async () => {
  await simulator.close();
  rmSync(cwd, { recursive: true, force: true });
});

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
  readonly elapsedMs: number;
}

/** Sends signals, each when what was said up to then holds the word, and waits for the end. */
async function endBy(
  child: ChildProcessWithoutNullStreams,
  signals: readonly { readonly name: NodeJS.Signals; readonly when: string }[],
): Promise<Ending> {
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let said = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  let startedMs = 0;
  for (const { name, when } of signals) {
    while (!said.includes(when)) await Promise.race([once(child.stderr, 'data'), exit]);
    startedMs ||= performance.now();
    child.kill(name);
  }
  const [code, signal] = await exit;
  return { code, signal, said, elapsedMs: performance.now() - startedMs };
}

describe.skipIf(process.platform === 'win32')('a signal', () => {
  it.each(STOP_SIGNALS)(
    '%s ends an export with 6 in the middle of its messages, and says how to go on',
    async (name) => {
      const child = startChatferry(['export', '@crew', '--out', `out-${name}`], { cwd, env });
      const end = await endBy(child, [{ name, when: 'messages' }]);
      expect(end).toMatchObject({
        code: 6,
        said: expect.stringContaining('Go on with: chatferry export @crew') as string,
      });
      expect(end.elapsedMs).toBeLessThan(PROMISED_MS);
    },
  );

  it('ends a program of which a thread waits for a disk that never answers', async () => {
    const child = startChatferry(['export', '@crew', '--out', 'out-stuck'], { cwd, env: stuck('first') });
    const end = await endBy(child, [{ name: 'SIGTERM', when: 'messages' }]);
    expect(end).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(end.elapsedMs).toBeLessThan(PROMISED_MS);
  });

  it('that comes a second time ends it at once, also with such a thread', async () => {
    const start = (out: string, more: Readonly<Record<string, string>>): ChildProcessWithoutNullStreams =>
      startChatferry(['export', '@crew', '--out', out], { cwd, env: more });
    const twice = [
      { name: 'SIGINT', when: 'messages' },
      { name: 'SIGINT', when: 'Send it again to end at once' },
    ] as const;
    const plain = await endBy(start('out-twice', env), twice);
    expect(plain.code).toBe(6);
    const waiting = await endBy(start('out-twice-stuck', stuck('second')), twice);
    expect(waiting.signal).toBe('SIGKILL');
    for (const { elapsedMs } of [plain, waiting]) expect(elapsedMs).toBeLessThan(1000);
  });
});

function stuck(name: string): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(cwd, `${name}-`));
  return { ...env, STUCK_PIPE: folder, NODE_OPTIONS: `--require=${JSON.stringify(STUCK_DISK)}` };
}
