import { join } from 'node:path';

import { startChildServer } from '../../app/demo/child-server.js';
import { type ChildEnvironment, runToEnd } from '../child-program.js';

export interface BenchTelegramOptions {
  readonly world: 'lively' | 'text' | 'download' | 'reposts';
  readonly messageCount: number;
  readonly latencyMs: number;
  /** Kilobytes (1,000 bytes) per second and connection. Undefined: unlimited. */
  readonly bandwidthKbS?: number;
  /** A folder for the key and the session. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

/** A simulator in its own process, with a session that is logged in. */
export interface BenchTelegram extends AsyncDisposable {
  /** For other clients. */
  readonly server: SimulatorLine;
  /** The session file of {@link BenchTelegram.environment}. */
  readonly sessionFile: string;
  /** The variables that make every command use it. */
  readonly environment: ChildEnvironment;
}

/** The output of the simulator when it is ready. */
export interface SimulatorLine {
  readonly dcs: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly publicKeyFile: string;
  readonly phone: string;
  readonly code: string;
}

/** Starts the simulator and logs in to it once. Dispose of it to stop the process. */
export async function startBenchTelegram(options: BenchTelegramOptions): Promise<BenchTelegram> {
  const { directory, signal } = options;
  const child = { cwd: directory, signal };
  const server = await startChildServer(
    [
      'simulate',
      '--json',
      '--exit-with-stdin',
      ...['--world', options.world],
      ...['--messages', String(options.messageCount)],
      ...['--latency-ms', String(options.latencyMs)],
      ...(options.bandwidthKbS === undefined ? [] : ['--bandwidth-kb-s', String(options.bandwidthKbS)]),
    ],
    { ...child, environment: {} },
  );
  try {
    const line = JSON.parse(server.line) as SimulatorLine;
    const { dcs, publicKeyFile, phone, code } = line;
    const sessionFile = join(directory, 'session', 'telegram.session');
    const environment = {
      TELEGRAM_API_ID: '1',
      TELEGRAM_API_HASH: '0'.repeat(32),
      TELEGRAM_SESSION: undefined,
      TELEGRAM_BOT_TOKEN: undefined,
      TELEGRAM_SESSION_FILE: sessionFile,
      TELEGRAM_DC_ADDRESSES: dcs.map(({ id, host, port }) => `${id}=${host}:${port}`).join(','),
      TELEGRAM_PUBLIC_KEY_FILE: publicKeyFile,
      TELEGRAM_PHONE: phone,
      TELEGRAM_PROXY: 'none', // It is on this machine.
      // The user's own configuration must not affect the measurement.
      HOME: directory,
      XDG_CONFIG_HOME: directory,
      APPDATA: directory,
      // Derivatives are measured separately.
      MEDIA_DERIVATIVES: 'false',
    };
    await runToEnd(['login', '--code', code, '--quiet'], { ...child, environment });
    return { environment, server: line, sessionFile, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
