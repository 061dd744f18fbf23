import { join } from 'node:path';

import type { Settings } from '../../config/settings.js';
import { writeOwnFile } from '../../disk/own-file.js';
import { PrivateFolder } from '../../disk/private-folder.js';
import type { World, WorldAccount } from '../../simulator/world/world.js';

export interface SimulatorRequest {
  /** The world to serve. @defaultValue 'demo' */
  readonly world?: 'demo' | 'lively' | 'text' | 'download' | 'reposts';
  /** Messages of the worlds `lively` and `text`, files of `download` and `reposts`. @defaultValue 500, or 200 files */
  readonly messageCount?: number;
  readonly seed?: number;
  readonly host?: string;
  /** One port per data centre; 0 for any free one. */
  readonly ports?: readonly number[];
  /** Per request. */
  readonly latencyMs?: number;
  /** Per connection. */
  readonly bandwidthBytesPerSecond?: number;
  /** A file of rules, see docs/SIMULATOR.md. */
  readonly faultScript?: string;
  readonly settings: Pick<Settings, 'ffmpegPath' | 'ffprobePath'>;
  readonly signal: AbortSignal;
}

/** A simulator on this machine, with the data that a client needs to log in. */
export interface RunningSimulator {
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  /** PEM. Removed when the simulator closes. */
  readonly publicKeyFile: string;
  /**
   * A path for a session file. The file does not exist yet, and is removed when the simulator closes, because no later
   * simulator accepts it. Anywhere else it might replace the session of a real account.
   */
  readonly sessionFile: string;
  readonly phone: string;
  readonly code: string;
  /** Empty if the account has none. */
  readonly password: string;
  /** Empty if there is no bot. */
  readonly botToken: string;
  /** Complete sentences, for example on what is missing without ffmpeg. */
  readonly notes: readonly string[];
  close(): Promise<void>;
  /** Resolves when it has been closed. */
  readonly closed: Promise<void>;
}

const DEFAULT_MESSAGE_COUNT = 500;

/**
 * Makes a world and serves it.
 *
 * @throws {ChatferryError} `USAGE` for a fault script or port that cannot be used.
 */
export async function runSimulator(request: SimulatorRequest): Promise<RunningSimulator> {
  const { host, ports, latencyMs, bandwidthBytesPerSecond, faultScript } = request;
  const [{ readFaultScript }, { startSimulator }] = await Promise.all([
    import('../../simulator/server/fault-script.js'),
    import('../../simulator/server/server.js'),
  ]);
  const fault = faultScript === undefined ? undefined : readFaultScript(faultScript);
  const { world, notes } = await makeWorld(request);
  const simulator = await startSimulator({
    world,
    ...(host === undefined ? {} : { host }),
    ...(ports === undefined ? {} : { ports }),
    network: {
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(bandwidthBytesPerSecond === undefined ? {} : { bandwidthBytesPerSecond }),
      ...(fault === undefined ? {} : { fault }),
    },
  });
  const folder = await PrivateFolder.make('chatferry-simulator-');
  const publicKeyFile = join(folder.path, 'public-key.pem');
  await writeOwnFile(publicKeyFile, simulator.publicKeyPem);

  const person: WorldAccount | undefined = world.accounts.find(({ phone }) => phone !== undefined);
  const bot = world.accounts.find(({ botToken }) => botToken !== undefined);
  let markClosed = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    markClosed = resolve;
  });
  return {
    dcs: simulator.dcs,
    publicKeyFile,
    sessionFile: join(folder.path, 'telegram.session'),
    phone: person?.phone ?? '',
    code: person?.code ?? '',
    password: person?.password ?? '',
    botToken: bot?.botToken ?? '',
    notes,
    closed,
    async close() {
      await simulator.close();
      await folder.remove();
      markClosed();
    },
  };
}

async function makeWorld(request: SimulatorRequest): Promise<{ world: World; notes: readonly string[] }> {
  const { world = 'demo', seed, settings, messageCount, signal } = request;
  const seeded = seed === undefined ? {} : { seed };
  const files = messageCount === undefined ? {} : { fileCount: messageCount };
  if (world === 'demo') {
    const { createDemoWorld } = await import('../../simulator/demo/demo-world.js');
    return createDemoWorld({ ...seeded, ffmpegPath: settings.ffmpegPath, ffprobePath: settings.ffprobePath, signal });
  }
  if (world === 'download') {
    const { createDownloadWorld } = await import('../../simulator/world/download-world.js');
    return { world: createDownloadWorld({ ...seeded, ...files }), notes: [] };
  }
  if (world === 'reposts') {
    const { createRepostWorld } = await import('../../simulator/world/repost-world.js');
    return { world: createRepostWorld({ ...seeded, ...files }), notes: [] };
  }
  const { createSyntheticWorld } = await import('../../simulator/world/synthetic-world.js');
  return {
    world: createSyntheticWorld({ ...seeded, messageCount: messageCount ?? DEFAULT_MESSAGE_COUNT, mix: world }),
    notes: [],
  };
}
