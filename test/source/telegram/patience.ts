import type { TelegramClientOptions } from '../../../src/source/telegram/wire/client.js';

/** How long a client waits where a test does not care: as by default of the program. */
export const PATIENCE: Pick<TelegramClientOptions, 'requestTimeoutMs' | 'maxFloodWaitMs'> = {
  requestTimeoutMs: 15_000,
  maxFloodWaitMs: 3_600_000,
};
