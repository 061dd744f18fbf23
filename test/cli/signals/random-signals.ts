import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { STOP_SIGNALS } from '../../../src/app/shutdown.js';
import type { SeededRandom } from '../../../src/simulator/world/seeded-random.js';
import { type Simulator, startSimulator } from '../../../src/simulator/server/server.js';
import { WorldBuilder } from '../../../src/simulator/world/world-builder.js';
import { LARGE_ACCOUNT, writeLargeArchive } from '../large-archive.js';
import { startChatferry } from '../run-chatferry.js';
import { clientEnvironment } from '../client-environment.js';

/** Two seconds are promised; half a second more is for a machine that is busy with other tests. */
const PROMISED_MS = 2500;
/** Children that were killed are gone when the system has come to it, which a busy machine may take seconds for. */
const CHILDREN_MS = 10_000;

const ARCHIVED_COUNT = 10_000;
/** Behind what is archived: more than the exports of a test fetch before their signals, at 300 ms a hundred. */
const NEW_COUNT = 3000;

/** A command that is told to stop. */
export interface SignalledCommand {
  readonly args: readonly string[];
  /** Signals come up to so long after its start. It is longer than the command takes, or goes on for good. */
  readonly withinMs: number;
  /** Exit codes of one that had ended before. */
  readonly ends: readonly number[];
}

export const SIGNALLED_COMMANDS: readonly SignalledCommand[] = [
  { args: ['export', '@crew', '--out', 'archive'], withinMs: 6000, ends: [0] },
  { args: ['verify', '--out', 'archive'], withinMs: 5000, ends: [0] },
  { args: ['render', '--out', 'archive'], withinMs: 4000, ends: [0] },
  { args: ['chats'], withinMs: 4000, ends: [0] },
  { args: ['demo', '--out', 'demo'], withinMs: 8000, ends: [0] },
  // 2: something is wrong with the machine.
  { args: ['doctor'], withinMs: 4000, ends: [0, 2] },
  // To be stopped is how a server ends.
  { args: ['simulate'], withinMs: 8000, ends: [0] },
  { args: ['bench', 'export', '--runs', '1', '--messages', '60'], withinMs: 8000, ends: [0] },
  { args: ['config'], withinMs: 2500, ends: [0] },
];

/** Why the promise was not kept; undefined where it was. */
export function whyBroken({ ends }: SignalledCommand, end: SignalledEnd): string | undefined {
  const { code, endSignal, signalName, elapsedMs, childrenMs } = end;
  // A program that does not listen, as while it starts, is ended by the system; one that waits for a thread is killed.
  if (code === null ? ![signalName, 'SIGKILL'].includes(endSignal ?? '') : ![6, ...ends].includes(code))
    return 'another end';
  if (elapsedMs > PROMISED_MS) return 'too late';
  return childrenMs > CHILDREN_MS ? 'children that live on' : undefined;
}

/** How a command ended that was sent a signal. */
export interface SignalledEnd {
  readonly signalName: NodeJS.Signals;
  readonly afterMs: number;
  readonly code: number | null;
  readonly endSignal: NodeJS.Signals | null;
  /** From the signal to the end of the process; 0 where it had ended. */
  readonly elapsedMs: number;
  /** From the signal to the end of all its children. */
  readonly childrenMs: number;
  readonly stderr: string;
}

/** A Telegram, and an archive that has most of its one chat. */
export class SignalStage implements AsyncDisposable {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #simulator: Simulator;

  static async start(): Promise<SignalStage> {
    const me = BigInt(LARGE_ACCOUNT);
    const world = new WorldBuilder({ seed: 3, homeDcId: 2 });
    world.addAccount({ userId: me, phone: '9996627001', code: '22222' });
    world.addUser(me, { self: true, first_name: 'Ada' });
    const crew = world.addChannel(9001n, 'Crew', { megagroup: true, username: 'crew' });
    for (let id = 1; id <= ARCHIVED_COUNT + NEW_COUNT; id += 1) {
      world.post(crew, { message: `message ${id}`, date: 1_700_000_000 + id });
    }
    const simulator = await startSimulator({ world, network: { latencyMs: 300 } });
    const stage = new SignalStage(simulator, me);
    await writeLargeArchive(join(stage.cwd, 'archive'), {
      messageCount: ARCHIVED_COUNT,
      mediaEvery: 4,
      withFiles: true,
    });
    return stage;
  }

  private constructor(simulator: Simulator, me: bigint) {
    this.#simulator = simulator;
    this.cwd = mkdtempSync(join(tmpdir(), 'chatferry-signals-'));
    writeFileSync(join(this.cwd, 'key.pem'), simulator.publicKeyPem);
    this.env = {
      ...clientEnvironment(simulator, join(this.cwd, 'key.pem')),
      TELEGRAM_SESSION: simulator.sessionFor(me),
    };
  }

  /** From now on the server answers at once. */
  hurry(): void {
    this.#simulator.setNetwork({ latencyMs: 0 });
  }

  /**
   * Runs a command again and again, sends each run one signal, and waits for the end. The moments are by chance, one in each of
   * as many equal parts of the command's time.
   */
  async *signals(command: SignalledCommand, tries: number, random: SeededRandom): AsyncGenerator<SignalledEnd> {
    for (let nth = 0; nth < tries; nth += 1) {
      const afterMs = ((nth + random.next()) * command.withinMs) / tries;
      yield await this.#signal(command, random.pick(STOP_SIGNALS), Math.round(afterMs));
    }
  }

  async #signal({ args }: SignalledCommand, signalName: NodeJS.Signals, afterMs: number): Promise<SignalledEnd> {
    const child = startChatferry(args, { cwd: this.cwd, env: this.env, ownGroup: true });
    const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    let stderr = '';
    child.stdout.resume();
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await Promise.race([exit, sleep(afterMs)]);
    const startedMs = performance.now();
    child.kill(signalName);
    const [code, endSignal] = await exit;
    const elapsedMs = performance.now() - startedMs;
    await groupEnd(child.pid ?? 0, startedMs + 2 * CHILDREN_MS);
    const childrenMs = performance.now() - startedMs;
    return { signalName, afterMs, code, endSignal, elapsedMs, childrenMs, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#simulator.close();
    rmSync(this.cwd, { recursive: true, force: true });
  }
}

/** Waits for the end of all processes of a group, and no longer than until `lastMs`; then ends those that are left. */
async function groupEnd(leader: number, lastMs: number): Promise<void> {
  while (isThere(-leader)) {
    if (performance.now() > lastMs) {
      process.kill(-leader, 'SIGKILL');
      return;
    }
    await sleep(20);
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
