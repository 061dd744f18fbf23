import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type ExportSummary, runExport } from '../../src/app/export/create-export.js';
import { Archive } from '../../src/archive/archive.js';
import { loadSettings } from '../../src/config/load-settings.js';
import type { ProgressEvent } from '../../src/pipeline/export-progress.js';
import type { Fault } from '../../src/simulator/server/network.js';
import { type Simulator, startSimulator } from '../../src/simulator/server/server.js';
import { WorldBuilder } from '../../src/simulator/world/world-builder.js';
import type { LiveSource } from '../../src/source/live-source.js';
import { openTelegramSource } from '../../src/source/telegram/telegram-source.js';
import { desktopJson } from '../../src/render/desktop-json.js';
import { hurriedClock, neverAborted } from '../e2e/simulated-export.js';
import { AUTOMATIC, PATIENCE } from '../source/telegram/patience.js';

export const ADA = 7001n;
export const BOB = 7002n;
/** Someone who both of them talk to. */
export const CLEO = 42n;
/** A bot with an account of its own. */
export const ROBOT = 7003n;

/** A Telegram with two people and a bot who can log in, and one more whom all know. Nothing was said yet. */
export function worldOfAccounts(): WorldBuilder {
  const world = new WorldBuilder({ seed: 21, homeDcId: 2 });
  world.addAccount({ userId: ADA, phone: '9996627001', code: '22222' });
  world.addAccount({ userId: BOB, phone: '9996627002', code: '22222' });
  world.addAccount({ userId: ROBOT, botToken: '7003:robot' });
  world.addUser(ADA, { first_name: 'Ada', username: 'ada_ferry' });
  world.addUser(BOB, { first_name: 'Bob', username: 'bob_ferry' });
  world.addUser(CLEO, { first_name: 'Cleo' });
  world.addUser(ROBOT, { first_name: 'Robot', username: 'ferry_bot', bot: true });
  return world;
}

export interface AccountRun {
  /** As people write them. @defaultValue all of the account */
  readonly chats?: readonly string[];
  /** @defaultValue 'archive' */
  readonly into?: string;
  readonly fault?: Fault;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ProgressEvent) => void;
}

/** One message of an archive, as far as it is of interest who sees it. */
export interface ArchivedText {
  readonly id: number;
  readonly text: string;
}

/** Several accounts of one simulated Telegram that export into archives, over real MTProto. */
export class SeveralAccounts implements AsyncDisposable {
  readonly simulator: Simulator;
  /** Absolute. */
  readonly directory: string;
  readonly #sources = new Map<bigint, Promise<LiveSource>>();

  static async start(world: WorldBuilder): Promise<SeveralAccounts> {
    const simulator = await startSimulator({ world });
    return new SeveralAccounts(simulator, await mkdtemp(join(tmpdir(), 'chatferry-accounts-')));
  }

  private constructor(simulator: Simulator, directory: string) {
    this.simulator = simulator;
    this.directory = directory;
  }

  /** The path of an archive. */
  path(into = 'archive'): string {
    return join(this.directory, into);
  }

  source(account: bigint): Promise<LiveSource> {
    const known = this.#sources.get(account);
    if (known !== undefined) return known;
    const opened = openTelegramSource({
      ...PATIENCE,
      ...AUTOMATIC,
      apiId: 1,
      apiHash: 'hash',
      session: this.simulator.sessionFor(account),
      dcAddresses: this.simulator.dcs,
      publicKeyPem: this.simulator.publicKeyPem,
      clock: hurriedClock(),
      signal: neverAborted(),
    });
    this.#sources.set(account, opened);
    return opened;
  }

  /** Exports as `chatferry export` does. @throws what stops it. */
  async export(account: bigint, run: AccountRun = {}): Promise<ExportSummary> {
    const { chats: references, into, fault, signal = neverAborted(), onEvent = () => undefined } = run;
    const { settings } = loadSettings({
      cwd: this.directory,
      env: { TIME_ZONE: 'UTC', MEDIA_DERIVATIVES: 'false' },
      flags: { exportDir: this.path(into) },
    });
    const source = await this.source(account);
    const chats = [];
    if (references === undefined) for await (const chat of source.chats(signal)) chats.push(chat);
    for (const reference of references ?? []) chats.push(await source.resolveChat(reference, signal));
    this.simulator.setNetwork(fault === undefined ? {} : { fault });
    try {
      return await runExport({
        settings,
        source,
        chats,
        renderers: [desktopJson],
        reporter: { event: onEvent },
        signal,
      });
    } finally {
      this.simulator.setNetwork({});
    }
  }

  /** What an archive has of each chat, by the id of the chat in the archive. */
  async texts(into?: string): Promise<Readonly<Record<string, readonly ArchivedText[]>>> {
    using archive = await Archive.open(this.path(into), { readOnly: true });
    return Object.fromEntries(
      archive
        .chats()
        .map(({ chat }) => [
          chat.id,
          [...archive.messages(chat.id)].map(({ message: { id, text } }) => ({ id, text: text.text })),
        ]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const source of this.#sources.values()) await (await source).close();
    await this.simulator.close();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}
