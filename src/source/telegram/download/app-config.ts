import { Api } from 'telegram';

import type { TelegramClient } from '../wire/client.js';
import type { FileLimits } from './open-files.js';

/** What Telegram answers to most accounts, for when it does not answer (https://core.telegram.org/api/config). */
export const DEFAULT_FILE_LIMITS: FileLimits = { small: 5, large: 2 };

/**
 * How many files at once Telegram wants to be asked for, from the configuration that it keeps for clients.
 *
 * @throws {ChatferryError} as {@link TelegramClient.call} does.
 */
export async function readFileLimits(client: TelegramClient, signal: AbortSignal): Promise<FileLimits> {
  const answer = await client.invoke(new Api.help.GetAppConfig({ hash: 0 }), { signal });
  const config = answer instanceof Api.help.AppConfig ? answer.config : undefined;
  return {
    small: countIn(config, 'small_queue_max_active_operations_count') ?? DEFAULT_FILE_LIMITS.small,
    large: countIn(config, 'large_queue_max_active_operations_count') ?? DEFAULT_FILE_LIMITS.large,
  };
}

/** Undefined where it is not there, or nothing that could be a number of files. */
function countIn(config: Api.TypeJSONValue | undefined, name: string): number | undefined {
  if (!(config instanceof Api.JsonObject)) return undefined;
  const value = config.value.find(({ key }) => key === name)?.value;
  if (!(value instanceof Api.JsonNumber)) return undefined;
  return Number.isSafeInteger(value.value) && value.value >= 1 ? value.value : undefined;
}
