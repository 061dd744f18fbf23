import { DEFAULT_MAX_FLOOD_WAIT_MS, DEFAULT_REQUEST_TIMEOUT_MS } from '../../../src/config/setting-defaults.js';
import type { TelegramClientOptions } from '../../../src/source/telegram/wire/client.js';

/** How long a client waits where a test does not care: as by default of the program. */
export const PATIENCE: Pick<TelegramClientOptions, 'requestTimeoutMs' | 'maxFloodWaitMs'> = {
  requestTimeoutMs: DEFAULT_REQUEST_TIMEOUT_MS,
  maxFloodWaitMs: DEFAULT_MAX_FLOOD_WAIT_MS,
};

/** Downloads adapt to the line, as they do by default. */
export const AUTOMATIC = { maxFiles: undefined, splitsFiles: true } as const;
