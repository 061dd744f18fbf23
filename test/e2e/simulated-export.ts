import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, vi } from 'vitest';

import { type ExportFollower, type ExportSummary, runExport } from '../../src/app/export/create-export.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { exitCodeOf } from '../../src/errors/error-meaning.js';
import type { ExitCode } from '../../src/errors/exit-code.js';
import type { ProgressEvent } from '../../src/pipeline/export-progress.js';
import type { NetworkOptions } from '../../src/simulator/server/network.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server/server.js';
import type { World } from '../../src/simulator/world/world.js';
import type { TelegramClientOptions } from '../../src/source/telegram/wire/client.js';
import type { MonotonicClock } from '../../src/source/telegram/wire/monotonic-clock.js';
import type { DownloadMetrics } from '../../src/source/live-source.js';
import { openTelegramSource } from '../../src/source/telegram/telegram-source.js';
import { desktopJson } from '../../src/render/desktop-json.js';
import { AUTOMATIC, PATIENCE } from '../source/telegram/patience.js';

export interface RunOptions {
  /** The directory of the archive, below the one of this export. @defaultValue 'archive' */
  readonly into?: string;
  /** Another chat than that of this export, as people write it. */
  readonly chat?: string;
  /** Whose login, of the accounts of the world. @defaultValue the first */
  readonly userId?: bigint;
  /** Settings, by the names of their variables. Nothing is made of media unless they say so: it is rarely the matter. */
  readonly env?: Readonly<Record<string, string>>;
  /** The network of this run; afterwards it has no faults again. */
  readonly network?: NetworkOptions;
  /** What the connection does otherwise than by default. */
  readonly client?: Partial<TelegramClientOptions>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ProgressEvent) => void;
  readonly follower?: ExportFollower;
}

/** How one run ended. */
export interface RunEnd {
  readonly exitCode: ExitCode;
  /** What stopped it. */
  readonly error: unknown;
  readonly summary: ExportSummary | undefined;
  readonly events: readonly ProgressEvent[];
  /** How often the server was asked for a part of a file in this run. */
  readonly partRequests: number;
  /** How downloads stood when the export had ended, and the connections were still open. */
  readonly downloads: DownloadMetrics | undefined;
}

/** Exports of one chat of one world, over real MTProto, into a directory that is removed at the end. */
export class SimulatedExport implements AsyncDisposable {
  readonly simulator: Simulator;
  /** Absolute. */
  readonly directory: string;
  /** As people write it. */
  readonly chat: string;
  readonly #session: string;

  /** @param chat - As people write it: `@name`. */
  static async start(
    world: World,
    chat: string,
    options: Pick<SimulatorOptions, 'cdnDcIds'> = {},
  ): Promise<SimulatedExport> {
    const account = world.accounts[0];
    if (account === undefined) throw new RangeError('the world has no account');
    const simulator = await startSimulator({ world, ...options });
    const directory = await mkdtemp(join(tmpdir(), 'chatferry-e2e-'));
    return new SimulatedExport({ simulator, directory, chat, session: simulator.sessionFor(account.userId) });
  }

  private constructor(parts: { simulator: Simulator; directory: string; chat: string; session: string }) {
    this.simulator = parts.simulator;
    this.directory = parts.directory;
    this.chat = parts.chat;
    this.#session = parts.session;
  }

  /** The path of an archive. */
  path(into = 'archive'): string {
    return join(this.directory, into);
  }

  clientOptions(overrides: Partial<TelegramClientOptions> = {}): TelegramClientOptions & { session: string } {
    return {
      ...PATIENCE,
      apiId: 1,
      apiHash: 'hash',
      session: this.#session,
      dcAddresses: this.simulator.dcs,
      publicKeyPem: this.simulator.publicKeyPem,
      clock: hurriedClock(),
      signal: neverAborted(),
      ...overrides,
    };
  }

  /** What the real program needs to find this Telegram. The public key is not among it: it is a file. */
  variables(): Record<string, string> {
    return {
      TELEGRAM_API_ID: '1',
      TELEGRAM_API_HASH: '0123456789abcdef0123456789abcdef',
      TELEGRAM_SESSION: this.#session,
      TELEGRAM_DC_ADDRESSES: this.simulator.dcs.map(({ id, host, port }) => `${id}=${host}:${port}`).join(','),
      TIME_ZONE: 'UTC',
      MEDIA_DERIVATIVES: 'false',
    };
  }

  /** Exports the chat as `chatferry export` does, in this process. Never rejects; afterwards no connection is open. */
  async run({
    into,
    chat = this.chat,
    userId,
    env = {},
    network = {},
    client = {},
    signal = neverAborted(),
    onEvent,
    follower,
  }: RunOptions = {}): Promise<RunEnd> {
    const { settings } = loadSettings({
      cwd: this.directory,
      env: { TIME_ZONE: 'UTC', MAX_PARALLEL_MEDIA: '6', MEDIA_DERIVATIVES: 'false', ...env },
      flags: { exportDir: this.path(into) },
    });
    const events: ProgressEvent[] = [];
    const event = (happened: ProgressEvent): void => {
      events.push(happened);
      onEvent?.(happened);
    };
    const before = this.#partRequests();
    this.simulator.setNetwork(network);
    let summary: ExportSummary | undefined;
    let error: unknown;
    let downloads: DownloadMetrics | undefined;
    try {
      const { requestTimeoutMs, maxFloodWaitMs } = settings;
      await using source = await openTelegramSource({
        ...AUTOMATIC,
        ...this.clientOptions({ requestTimeoutMs, maxFloodWaitMs, signal }),
        ...(userId === undefined ? {} : { session: this.simulator.sessionFor(userId) }),
        onFloodWait: ({ method, waitMs }) => {
          event({ type: 'flood-wait', method, waitMs, runId: 'opening' });
        },
        ...client,
      });
      const chats = [await source.resolveChat(chat, signal)];
      summary = await runExport({
        settings,
        source,
        chats,
        renderers: [desktopJson],
        reporter: { event },
        signal,
        follower,
      });
      downloads = source.downloadMetrics();
    } catch (thrown) {
      error = thrown;
    }
    this.simulator.setNetwork({});
    await this.expectNoConnections();
    const exitCode = summary?.exitCode ?? exitCodeOf(error);
    return { exitCode, error, summary, events, partRequests: this.#partRequests() - before, downloads };
  }

  async expectNoConnections(): Promise<void> {
    await vi.waitFor(() => expect(this.simulator.openConnectionCount).toBe(0), { timeout: 3000, interval: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator.close();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }

  #partRequests(): number {
    return this.simulator.calls.get('upload.getFile') ?? 0;
  }
}

/** A clock on which everything goes a hundred times as fast, so that waits are real and short. */
export function hurriedClock(): MonotonicClock {
  const haste = 100;
  return {
    nowMs: () => performance.now() * haste,
    wait: async (ms, signal) => {
      signal.throwIfAborted();
      await sleep(ms / haste, undefined, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
    },
  };
}

export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
